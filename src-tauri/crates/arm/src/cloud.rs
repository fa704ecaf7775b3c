//! A cloud: its endpoints together with the only way to sign in to them.
//!
//! Deliberately absent: a constructor that takes an arbitrary host and a real credential. A live
//! cloud is one of the built-in ones (contract h.1); a simulated one is loopback only and signs in
//! with its own invented client secret, with a certificate, or through an `az` that is logged in to it.

use crate::certificate::Certificate;
use crate::credential::SignIn;
use crate::error::ArmError;
use crate::secret::Secret;
use std::sync::Arc;
use url::{Host, Url};

/// Endpoints and the way to sign in to them, as one value.
#[derive(Debug, Clone)]
pub struct Cloud(Arc<Endpoints>);

#[derive(Debug)]
struct Endpoints {
    name: &'static str,
    live: bool,
    arm: Url,
    authority: Url,
    scope: String,
    storage: Vec<String>,
    prices: Option<Url>,
    ca_pem: Option<String>,
    sign_in: SignIn,
}

/// What a simulator says about itself when it is ready.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// Resource manager, such as `https://127.0.0.1:41234`.
    pub arm: String,
    /// Authority that hands out invented tokens, such as `https://127.0.0.1:41235`.
    pub authority: String,
    /// Retail prices, if it has them; the path `/api/retail/prices` is added.
    pub prices: Option<String>,
    /// Host and port, or origin, of its signed addresses; `arm`'s own when empty.
    pub storage: Vec<String>,
    /// Its certificate authority, PEM; obligatory when an address is https.
    pub ca_pem: Option<String>,
    /// Invented tenant.
    pub tenant: String,
    /// Invented application.
    pub client_id: String,
    /// Invented secret of that application.
    pub client_secret: Secret,
}

impl Cloud {
    /// Azure's public cloud, signed in through the Azure CLI.
    pub fn public() -> Self {
        Self::azure(
            "AzureCloud",
            "https://management.azure.com",
            "https://login.microsoftonline.com",
            &["core.windows.net", "storage.azure.net"],
            Some("https://prices.azure.com"),
        )
    }

    /// Azure for the US Government, signed in through the Azure CLI.
    pub fn us_gov() -> Self {
        Self::azure(
            "AzureUSGovernment",
            "https://management.usgovcloudapi.net",
            "https://login.microsoftonline.us",
            &["core.usgovcloudapi.net"],
            None,
        )
    }

    /// Azure in China, signed in through the Azure CLI.
    pub fn china() -> Self {
        Self::azure(
            "AzureChinaCloud",
            "https://management.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
            &["core.chinacloudapi.cn"],
            None,
        )
    }

    /// A simulator on this computer.
    ///
    /// # Errors
    /// [`ArmError::NotLoopback`] when an address leaves this computer, is not a URL, carries a user
    /// or a path, or is https without a certificate authority.
    pub fn simulator(simulated: Simulated) -> Result<Self, ArmError> {
        let has_ca = simulated.ca_pem.is_some();
        let arm = loopback(&simulated.arm, has_ca)?;
        let authority = loopback(&simulated.authority, has_ca)?;
        let prices = simulated
            .prices
            .as_deref()
            .map(|url| loopback(url, has_ca))
            .transpose()?;
        let mut storage = Vec::new();
        for origin in &simulated.storage {
            let whole = if origin.contains("://") {
                origin.clone()
            } else {
                format!("http://{origin}")
            };
            let url = loopback(&whole, true)?;
            storage.push(host_and_port(&url));
        }
        if storage.is_empty() {
            storage.push(host_and_port(&arm));
        }
        Ok(Self(Arc::new(Endpoints {
            name: "simulator",
            live: false,
            scope: format!("{}/.default", arm.as_str().trim_end_matches('/')),
            arm,
            authority,
            storage,
            prices,
            ca_pem: simulated.ca_pem,
            sign_in: SignIn::ClientSecret {
                tenant: simulated.tenant,
                client_id: simulated.client_id,
                secret: simulated.client_secret,
            },
        })))
    }

    /// Returns the live cloud of that name (`AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`).
    pub fn named(name: &str) -> Option<Self> {
        [Self::public(), Self::us_gov(), Self::china()]
            .into_iter()
            .find(|c| c.name() == name)
    }

    /// Replaces the way to sign in to a live cloud.
    ///
    /// # Errors
    /// [`ArmError::SimulatedSignIn`] for a simulator: its credential is its own and stays so;
    /// [`ArmError::Certificate`] for a certificate that cannot sign.
    pub fn signed_in_by(self, sign_in: SignIn) -> Result<Self, ArmError> {
        if !self.0.live {
            return Err(ArmError::SimulatedSignIn);
        }
        if let SignIn::ClientCertificate { certificate, .. } = &sign_in {
            Certificate::read(certificate)?;
        }
        Ok(self.with(sign_in))
    }

    /// A simulator on this computer, signed in to with a certificate. What the key signs names the simulator as the one
    /// it is for: no authority of Azure takes it.
    ///
    /// # Errors
    /// As [`Cloud::simulator`].
    pub fn simulator_by_certificate(
        simulated: Simulated,
        certificate: Secret,
    ) -> Result<Self, ArmError> {
        let (tenant, client_id) = (simulated.tenant.clone(), simulated.client_id.clone());
        Certificate::read(&certificate)?;
        Ok(Self::simulator(simulated)?.with(SignIn::ClientCertificate {
            tenant,
            client_id,
            certificate,
        }))
    }

    /// A simulator on this computer, signed in to through an `az` that is itself logged in to that simulator.
    ///
    /// This is the only way for another credential than a simulator's own, and it lets no real token through: `az` is
    /// asked for a token whose audience is the simulator's address, and one with any other audience is dropped
    /// (`Credential::token`).
    ///
    /// # Errors
    /// As [`Cloud::simulator`].
    pub fn simulator_by_cli(simulated: Simulated) -> Result<Self, ArmError> {
        let tenant = Some(simulated.tenant.clone());
        Ok(Self::simulator(simulated)?.with(SignIn::AzureCli { tenant }))
    }

    fn with(&self, sign_in: SignIn) -> Self {
        let Endpoints {
            name,
            live,
            arm,
            authority,
            scope,
            storage,
            prices,
            ca_pem,
            ..
        } = &*self.0;
        Self(Arc::new(Endpoints {
            name,
            live: *live,
            arm: arm.clone(),
            authority: authority.clone(),
            scope: scope.clone(),
            storage: storage.clone(),
            prices: prices.clone(),
            ca_pem: ca_pem.clone(),
            sign_in,
        }))
    }

    /// Returns `AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud` or `simulator`.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Whether this is a built-in Azure cloud.
    pub fn live(&self) -> bool {
        self.0.live
    }

    /// The resource manager's endpoint.
    pub fn arm(&self) -> &Url {
        &self.0.arm
    }

    /// The authority that hands out tokens.
    pub fn authority(&self) -> &Url {
        &self.0.authority
    }

    /// The scope that tokens are asked for.
    pub fn scope(&self) -> &str {
        &self.0.scope
    }

    /// Storage suffixes of a live cloud, or host and port of a simulator's storage.
    pub fn storage(&self) -> &[String] {
        &self.0.storage
    }

    /// Retail prices, which only the public cloud and the simulator have.
    pub fn prices(&self) -> Option<&Url> {
        self.0.prices.as_ref()
    }

    pub(crate) fn ca_pem(&self) -> Option<&str> {
        self.0.ca_pem.as_deref()
    }

    pub(crate) fn sign_in(&self) -> &SignIn {
        &self.0.sign_in
    }

    fn azure(
        name: &'static str,
        arm: &'static str,
        authority: &'static str,
        storage: &[&str],
        prices: Option<&'static str>,
    ) -> Self {
        let built_in = |text: &str| Url::parse(text).expect("built-in endpoints are URLs");
        Self(Arc::new(Endpoints {
            name,
            live: true,
            arm: built_in(arm),
            authority: built_in(authority),
            scope: format!("{arm}/.default"),
            storage: storage.iter().map(|&suffix| suffix.to_owned()).collect(),
            prices: prices.map(built_in),
            ca_pem: None,
            sign_in: SignIn::AzureCli { tenant: None },
        }))
    }
}

pub(crate) fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn loopback(text: &str, has_ca: bool) -> Result<Url, ArmError> {
    let refused = || ArmError::NotLoopback {
        address: text.to_owned(),
    };
    let url = Url::parse(text).map_err(|_| refused())?;
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    let scheme = url.scheme() == "http" || (url.scheme() == "https" && has_ca);
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if here && scheme && bare {
        Ok(url)
    } else {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use super::{Cloud, Simulated};
    use crate::credential::SignIn;
    use crate::secret::Secret;

    fn simulated(arm: &str) -> Simulated {
        Simulated {
            arm: arm.into(),
            authority: "http://127.0.0.1:2".into(),
            prices: None,
            storage: Vec::new(),
            ca_pem: None,
            tenant: "t".into(),
            client_id: "c".into(),
            client_secret: Secret::new("s"),
        }
    }

    #[test]
    fn a_simulator_must_be_on_this_computer() {
        for arm in [
            "https://management.azure.com",
            "http://management.azure.com",
            "http://127.0.0.1.evil.example",
            "http://user@127.0.0.1:1",
            "http://127.0.0.1:1/path",
            "https://127.0.0.1:1",
            "ftp://127.0.0.1:1",
            "127.0.0.1:1",
        ] {
            assert!(Cloud::simulator(simulated(arm)).is_err(), "{arm}");
        }
        assert!(Cloud::simulator(simulated("http://127.0.0.1:1")).is_ok());
        assert!(Cloud::simulator(simulated("http://localhost:1")).is_ok());
    }

    #[test]
    fn a_simulator_never_takes_a_real_credential() {
        let cloud = Cloud::simulator(simulated("http://127.0.0.1:1")).unwrap();
        assert!(
            cloud
                .signed_in_by(SignIn::AzureCli { tenant: None })
                .is_err()
        );
        let by_cli = Cloud::simulator_by_cli(simulated("http://127.0.0.1:1")).unwrap();
        assert!(!by_cli.live());
        assert!(Cloud::simulator_by_cli(simulated("https://management.azure.com")).is_err());
        assert!(
            by_cli
                .signed_in_by(SignIn::AzureCli { tenant: None })
                .is_err()
        );
    }

    #[test]
    fn the_built_in_clouds_are_live_and_https() {
        for cloud in [Cloud::public(), Cloud::us_gov(), Cloud::china()] {
            assert!(cloud.live());
            assert_eq!(cloud.arm().scheme(), "https");
            assert_eq!(cloud.authority().scheme(), "https");
            assert!(Cloud::named(cloud.name()).is_some());
        }
        assert!(Cloud::named("simulator").is_none());
    }
}
