//! A JSON tree whose leaves may be raw text, so that an opaque value is sent exactly as it came.
//!
//! A restore token is echoed whole, unknown members and the spelling of its numbers included
//! (contract b.8). Deliberately absent: reading anything out of the raw parts except by name.

use serde::de::{MapAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// A JSON value, parts of it raw.
pub(crate) enum Node {
    Plain(Value),
    Raw(Box<RawValue>),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Raw(raw) => raw.serialize(serializer),
            Self::Array(items) => {
                let mut out = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    out.serialize_element(item)?;
                }
                out.end()
            }
            Self::Object(members) => {
                let mut out = serializer.serialize_map(Some(members.len()))?;
                for (name, member) in members {
                    out.serialize_entry(name, member)?;
                }
                out.end()
            }
        }
    }
}

/// The members of an object in their order, each as raw text.
pub(crate) struct Members(pub(crate) Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(serde::de::Error::custom("a member stands twice"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Follows a dotted path of plain names through raw text; none when `query` is anything else, so
/// that the caller can let a real query language answer.
pub(crate) fn descend(text: &str, query: &str) -> Option<Result<Box<RawValue>, serde_json::Error>> {
    let plain = |name: &str| {
        name.bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if !query.split('.').all(plain) {
        return None;
    }
    let walk = || {
        let mut here: Box<RawValue> = serde_json::from_str(text)?;
        for name in query.split('.') {
            let Members(members) = serde_json::from_str(here.get())?;
            let found = members.into_iter().find(|(member, _)| member == name);
            here = found
                .ok_or_else(|| serde::de::Error::custom("no such member"))?
                .1;
        }
        Ok(here)
    };
    Some(walk())
}

#[cfg(test)]
mod tests {
    use super::{Members, Node, descend};
    use serde_json::json;

    const TOKEN: &str = r#"{"properties":{"big":123456789012345678901234567890,"f":1.0,"u":"\u00e9","new":{"x":[1]}}}"#;

    #[test]
    fn raw_parts_keep_their_spelling() {
        let raw = descend(TOKEN, "properties").unwrap().unwrap();
        let Members(members) = serde_json::from_str(raw.get()).unwrap();
        let mut nodes: Vec<_> = members
            .into_iter()
            .map(|(name, value)| (name, Node::Raw(value)))
            .collect();
        nodes.push(("objectType".into(), Node::Plain(json!("CrrAccessToken"))));
        assert_eq!(
            serde_json::to_string(&Node::Object(nodes)).unwrap(),
            r#"{"big":123456789012345678901234567890,"f":1.0,"u":"\u00e9","new":{"x":[1]},"objectType":"CrrAccessToken"}"#
        );
    }

    #[test]
    fn only_plain_paths_are_followed_here() {
        assert!(descend(TOKEN, "properties[0]").is_none());
        assert!(descend(TOKEN, "length(@)").is_none());
        assert!(descend(TOKEN, "properties.missing").unwrap().is_err());
        assert!(serde_json::from_str::<Members>(r#"{"a":1,"a":2}"#).is_err());
    }
}
