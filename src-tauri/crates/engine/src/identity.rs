//! Who began a drill is who goes on with it: cloud, tenant, subscription and the token's object id.

use crate::{Engine, EngineError};
use drillbook_core::Drill;
use serde_json::Value;

impl Engine {
    /// Refuses to go on with a drill under another identity than it was begun under.
    ///
    /// Without a token only what is known without one is compared: the request itself will say why
    /// nobody signs in.
    ///
    /// # Errors
    /// [`EngineError::OtherIdentity`] with the fields that differ.
    pub(crate) async fn same_identity(&self, drill: &str) -> Result<(), EngineError> {
        self.same_place(drill)?;
        let drill = self.drill(drill)?;
        if let Ok(who) = self.0.arm.who().await
            && let Some(began) = object_id(&drill)
            && who.object_id.is_some_and(|now| now != began)
        {
            let fields = vec!["object id"];
            return Err(EngineError::OtherIdentity { fields });
        }
        Ok(())
    }

    /// Refuses another cloud, tenant or subscription, which nobody has to be asked for.
    ///
    /// # Errors
    /// [`EngineError::OtherIdentity`] with the fields that differ.
    pub(crate) fn same_place(&self, drill: &str) -> Result<(), EngineError> {
        let fields = self.differing(&*self.drill(drill)?);
        if fields.is_empty() {
            Ok(())
        } else {
            Err(EngineError::OtherIdentity { fields })
        }
    }

    fn differing(&self, drill: &Drill) -> Vec<&'static str> {
        let here = self.environment();
        let pairs = [
            ("cloud", drill.cloud.as_str(), self.0.arm.cloud().name()),
            ("tenant", drill.tenant.as_str(), here.tenant.as_str()),
            (
                "subscription",
                drill.subscription.as_str(),
                here.subscription.as_str(),
            ),
        ];
        let differs = |(_, began, now): &(&str, &str, &str)| !began.eq_ignore_ascii_case(now);
        let all = pairs.into_iter().filter(differs);
        all.map(|(field, ..)| field).collect()
    }
}

fn object_id(drill: &Drill) -> Option<String> {
    let who = drill.names.one("who")?;
    who.get("object_id")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use crate::{Clock, Engine, EngineError, Environment, Options, data_folder};
    use drillbook_arm::Welcome;
    use drillbook_armsim::{Options as SimulatorOptions, Simulator, scaled_clock};
    use drillbook_diagnostic::Diagnostic;
    use drillbook_journal::DataFolder;
    use drillbook_runbook::Purpose;
    use futures::FutureExt;

    fn open(folder: &DataFolder, welcome: &Welcome, subscription: &str) -> Engine {
        let options = Options {
            data: folder.path().to_owned(),
            cloud: welcome.cloud.clone(),
            clock: Clock::real(),
            seed: Some(1),
            environment: Environment {
                tenant: welcome.tenant.clone(),
                subscription: subscription.to_owned(),
                ..Environment::default()
            },
            runbooks: Vec::new(),
            reviewers: Vec::new(),
            seal: crate::Seal::Off,
        };
        Engine::open(folder, options).unwrap()
    }

    /// A simulator, a data folder, and a drill in it that was opened under one identity.
    struct Begun {
        _simulator: Simulator,
        _temporary: tempfile::TempDir,
        folder: DataFolder,
        welcome: Welcome,
        drill: String,
    }

    impl Begun {
        async fn new() -> Begun {
            let options = SimulatorOptions::new(scaled_clock(1));
            let simulator = Simulator::start(options).await.unwrap();
            let ca = Some(simulator.ca_pem().to_owned());
            let welcome = Welcome::ask(simulator.https().unwrap(), ca).await.unwrap();
            let temporary = tempfile::tempdir().unwrap();
            let folder = data_folder(Some(&temporary.path().join("data"))).unwrap();
            let engine = open(&folder, &welcome, &welcome.subscription);
            let runbook = engine.runbooks()[0].id.clone();
            let drill = engine.open_drill(&runbook, Purpose::Drill).await.unwrap();
            assert!(engine.same_identity(&drill.id).await.is_ok());
            Begun {
                _simulator: simulator,
                _temporary: temporary,
                folder,
                welcome,
                drill: drill.id.clone(),
            }
        }

        /// Opens the folder anew, as a program that was started again.
        fn again(&self, subscription: &str) -> Engine {
            open(&self.folder, &self.welcome, subscription)
        }
    }

    #[tokio::test]
    async fn a_drill_does_not_go_on_under_another_identity() {
        let begun = Begun::new().await;
        let engine = begun.again("another");
        let refused = engine.run_step(&begun.drill, "identity").await.unwrap_err();
        let EngineError::OtherIdentity { fields } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(fields, &["subscription"]);
    }

    #[tokio::test]
    async fn a_step_that_is_not_the_drills_own_is_refused_before_anybody_is_asked() {
        let begun = Begun::new().await;
        // Nobody has signed in yet: whoever asks is pending at first.
        let engine = begun.again(&begun.welcome.subscription);
        assert!(engine.same_identity(&begun.drill).now_or_never().is_none());
        let answer = engine.run_step(&begun.drill, "restore").now_or_never();
        let refused = answer.expect("nobody is asked").unwrap_err();
        assert_eq!(refused.code(), "drill.not_current", "{refused}");
    }
}
