//! Which addresses that came from Azure may be followed, and with what.
//!
//! A link is data from the other side: it is followed verbatim or not at all. Deliberately absent:
//! rewriting a link, except for stripping the malformed prefix of contract 0.5 (6).

use crate::cloud::{Cloud, host_and_port};
use crate::path::check_link_path;
use url::Url;

/// Links stay below this; Azure's carry values of up to 4 KB (contract 0.5).
const LONGEST: usize = 16 * 1024;

/// Why a link is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefused {
    /// It is no absolute http(s) URL, or is not one text.
    #[error("the link is not a plain absolute address")]
    NotAnAddress,
    /// It leaves the cloud; the host is kept, the rest may hold secrets.
    #[error("the link leaves the cloud for {host}")]
    ForeignHost {
        /// Host and port of the link.
        host: String,
    },
    /// It downgrades the scheme.
    #[error("the link does not use the cloud's scheme")]
    Scheme,
    /// It carries a user name or a password.
    #[error("the link carries a user name")]
    UserInfo,
    /// Its path climbs, hides a slash or holds control characters.
    #[error("the path of the link is not allowed")]
    Path,
    /// The listing leads back to a page that was already read.
    #[error("the link leads back to a page that was already read")]
    Loop,
}

/// Accepts `text` when a token for `cloud` may travel with it.
pub(crate) fn check_arm_link(cloud: &Cloud, text: &str) -> Result<Url, LinkRefused> {
    let url = parse(text)?;
    may_carry_token(cloud, &url)?;
    Ok(url)
}

/// The one check in front of every `Authorization` header: same scheme and port, same host or a
/// sub-domain of it (contract 0.4, 0.5 (6)).
pub(crate) fn may_carry_token(cloud: &Cloud, url: &Url) -> Result<(), LinkRefused> {
    same_service(cloud.arm(), url)
}

/// Accepts `text` when it stays at the retail prices' host.
pub(crate) fn check_prices_link(prices: &Url, text: &str) -> Result<Url, LinkRefused> {
    let url = parse(text)?;
    if url.host_str() != prices.host_str() {
        return Err(LinkRefused::ForeignHost {
            host: host_and_port(&url),
        });
    }
    same_service(prices, &url)?;
    Ok(url)
}

/// Accepts a signed address of the cloud's storage; it is fetched without a token.
pub(crate) fn check_storage_link(cloud: &Cloud, text: &str) -> Result<Url, LinkRefused> {
    let url = parse(text)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let ours = cloud.storage().iter().any(|storage| {
        if cloud.live() {
            host.ends_with(&format!(".blob.{storage}"))
                && url.scheme() == "https"
                && url.port().is_none()
        } else {
            let (base, port) = storage.rsplit_once(':').unwrap_or((storage, ""));
            let here = host == base || host.ends_with(&format!(".{base}"));
            here && url
                .port_or_known_default()
                .is_some_and(|p| p.to_string() == port)
        }
    });
    if ours {
        Ok(url)
    } else {
        Err(LinkRefused::ForeignHost {
            host: host_and_port(&url),
        })
    }
}

/// Strips what two examples of the specification put in front of an operation's address
/// (`location: https://…`, contract 0.5 (6)).
pub(crate) fn strip_prefix(text: &str) -> &str {
    let text = text.trim();
    match text.find("https://").or_else(|| text.find("http://")) {
        Some(at)
            if at > 0
                && text[..at].trim_end().ends_with(':')
                && text[..at]
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-: ".contains(&b)) =>
        {
            &text[at..]
        }
        _ => text,
    }
}

fn parse(text: &str) -> Result<Url, LinkRefused> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if text.len() > LONGEST || !plain {
        return Err(LinkRefused::NotAnAddress);
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(LinkRefused::NotAnAddress);
    };
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(LinkRefused::NotAnAddress);
    }
    // The parser resolves dot segments away, so they are looked for in the text itself.
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let path = rest[..end].split_once('/').map_or("", |(_, path)| path);
    check_link_path(path).map_err(|_| LinkRefused::Path)?;
    let url = Url::parse(text).map_err(|_| LinkRefused::NotAnAddress)?;
    if rest
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|authority| authority.contains('@'))
    {
        return Err(LinkRefused::UserInfo);
    }
    if url.fragment().is_some() || url.host_str().is_none_or(str::is_empty) {
        return Err(LinkRefused::NotAnAddress);
    }
    Ok(url)
}

fn same_service(own: &Url, url: &Url) -> Result<(), LinkRefused> {
    let (Some(mine), Some(theirs)) = (own.host_str(), url.host_str()) else {
        return Err(LinkRefused::NotAnAddress);
    };
    let is_name = matches!(own.host(), Some(url::Host::Domain(_)));
    let below = is_name
        && theirs
            .strip_suffix(mine)
            .is_some_and(|label| label.ends_with('.') && label.len() > 1);
    if !(theirs == mine || below) || own.port_or_known_default() != url.port_or_known_default() {
        return Err(LinkRefused::ForeignHost {
            host: host_and_port(url),
        });
    }
    if own.scheme() != url.scheme() {
        return Err(LinkRefused::Scheme);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LinkRefused, check_arm_link, check_storage_link, strip_prefix};
    use crate::cloud::Cloud;

    #[test]
    fn follows_only_the_clouds_own_host_and_its_sub_domains() {
        let cloud = Cloud::public();
        for good in [
            "https://management.azure.com/subscriptions/0?api-version=1&$skipToken=a%2Fb",
            "https://management.azure.com:443/subscriptions/0",
            "https://westeurope.management.azure.com/subscriptions/0?t=1&c=2&s=3&h=4",
            "https://MANAGEMENT.azure.com/subscriptions/0",
        ] {
            assert!(check_arm_link(&cloud, good).is_ok(), "{good}");
        }
        for bad in [
            "https://evil.example/subscriptions/0",
            "https://management.azure.com.evil.example/subscriptions/0",
            "https://evilmanagement.azure.com/subscriptions/0",
            "https://management.azure.com@evil.example/subscriptions/0",
            "https://user:pw@management.azure.com/subscriptions/0",
            "https://@management.azure.com/subscriptions/0",
            "http://management.azure.com/subscriptions/0",
            "https://management.azure.com:8443/subscriptions/0",
            "https://management.azure.com\\@evil.example/",
            "https:\\\\management.azure.com/subscriptions/0",
            "//management.azure.com/subscriptions/0",
            "/subscriptions/0",
            "javascript:alert(1)",
            "https://management.azure.com/subscriptions/../providers",
            "https://management.azure.com/subscriptions/%2e%2e/providers",
            "https://management.azure.com/a%2fb",
            "https://management.azure.com/a b",
            "https://management.azure.com/a\nb",
            "https://management.azure.com/a#b",
            "https://.management.azure.com/a",
            "",
        ] {
            assert!(check_arm_link(&cloud, bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            check_arm_link(&cloud, "https://evil.example/x?sig=secret"),
            Err(LinkRefused::ForeignHost {
                host: "evil.example:443".into()
            })
        );
    }

    #[test]
    fn downloads_only_from_the_clouds_storage() {
        let cloud = Cloud::public();
        assert!(check_storage_link(&cloud, "https://a.blob.core.windows.net/c/b?sig=x").is_ok());
        assert!(check_storage_link(&cloud, "https://md-1.z3.blob.storage.azure.net/c/b").is_ok());
        for bad in [
            "http://a.blob.core.windows.net/c/b",
            "https://a.blob.core.windows.net.evil.example/c/b",
            "https://blob.core.windows.net/c/b",
            "https://a.blob.core.chinacloudapi.cn/c/b",
            "https://management.azure.com/subscriptions",
        ] {
            assert!(check_storage_link(&cloud, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn strips_only_the_known_malformed_prefix() {
        assert_eq!(strip_prefix("location: https://a/b"), "https://a/b");
        assert_eq!(
            strip_prefix("azure-asyncoperation: https://a/b"),
            "https://a/b"
        );
        assert_eq!(
            strip_prefix("https://a/b?x=https://c"),
            "https://a/b?x=https://c"
        );
        assert_eq!(strip_prefix("//evil/https://a"), "//evil/https://a");
    }

    proptest::proptest! {
        #[test]
        fn no_link_that_passes_leaves_the_cloud(
            before in "(https://|http://|//|https:/|)[a-z@:.\\\\/]{0,8}",
            after in "[a-z@:.\\\\/?#%0-9]{0,16}",
        ) {
            let cloud = Cloud::public();
            let text = format!("{before}management.azure.com{after}");
            if let Ok(url) = check_arm_link(&cloud, &text) {
                let host = url.host_str().unwrap_or_default().to_owned();
                proptest::prop_assert!(
                    host == "management.azure.com" || host.ends_with(".management.azure.com"),
                    "{} leads to {}", text, host
                );
                proptest::prop_assert_eq!(url.scheme(), "https");
            }
        }
    }
}
