//! Invented names, ids and public addresses, the same one for the same thing everywhere.
//!
//! Names are learnt from the ids of resources first, so that a name is replaced wherever it stands by itself too.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::str::FromStr;

/// Names that Azure gives, which say nothing.
const FIXED: [&str; 6] = [
    "default",
    "vaultstorageconfig",
    "vaultconfig",
    "vaultproxy",
    "backupresourceencryptionconfig",
    "keys",
];

/// Real to invented.
pub(super) struct Names {
    subscription: String,
    tenant: String,
    own: String,
    names: BTreeMap<String, String>,
    counts: BTreeMap<String, u32>,
    guids: BTreeMap<String, String>,
    addresses: BTreeMap<String, String>,
}

impl Names {
    /// Begins with the subscription, its tenant and the object id of whoever captures.
    pub(super) fn of(subscription: &str, tenant: &str, own: &str) -> Names {
        let mut names = Names {
            subscription: String::new(),
            tenant: String::new(),
            own: String::new(),
            names: BTreeMap::new(),
            counts: BTreeMap::new(),
            guids: BTreeMap::new(),
            addresses: BTreeMap::new(),
        };
        names.subscription = names.guid(subscription);
        names.tenant = names.guid(tenant);
        names.own = names.guid(own);
        names
    }

    pub(super) fn company(&self, primary: &str, secondary: &str) -> Value {
        json!({
            "name": "Captured", "tenant": self.tenant, "domain": "captured.example",
            "subscription": self.subscription, "subscription_name": "Captured subscription",
            "primary": primary, "secondary": secondary,
        })
    }

    pub(super) fn principal(&self) -> Value {
        json!({
            "object_id": self.own, "client_id": "00000000-0000-4000-8000-00000000c11e",
            "client_secret": "simulated-secret-worth-nothing",
        })
    }

    /// Learns the names in every id.
    pub(super) fn learn(&mut self, value: &Value) {
        match value {
            Value::String(text) if is_id(text) => {
                self.id(text);
            }
            Value::Array(rows) => rows.iter().for_each(|row| self.learn(row)),
            Value::Object(members) => members.values().for_each(|member| self.learn(member)),
            _ => {}
        }
    }

    /// Replaces everything real; a resource's id becomes its place in the scenario.
    pub(super) fn rewrite(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(rows) => rows.iter_mut().for_each(|row| self.rewrite(row)),
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    match (name.as_str(), member.as_str().map(str::to_owned)) {
                        // The name of a size is not one that somebody gave.
                        ("sku", _) => {}
                        ("name" | "vm" | "vm_group" | "vault" | "policy", Some(text)) => {
                            *member = json!(self.name("part", &text));
                        }
                        _ => self.rewrite(member),
                    }
                }
                if let (Some(id), Some(kind)) = (text_of(members, "id"), text_of(members, "type")) {
                    members.remove("id");
                    for (key, text) in place(&id, &kind) {
                        members.insert(key.to_owned(), json!(text));
                    }
                } else if members.contains_key("location") {
                    members.remove("id");
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> String {
        if is_id(text) {
            return self.id(text);
        }
        if let Some(rest) = text.strip_prefix("https://") {
            return self.link(rest);
        }
        if is_guid(text) {
            return self.guid(text);
        }
        self.address(text)
    }

    /// An ARM id: segments in the place of a name are replaced, kinds stay.
    fn id(&mut self, id: &str) -> String {
        let mut written = Vec::new();
        let (mut kind, mut expects) = ("", Expects::Kind);
        for segment in id.split('/') {
            let segment = match expects {
                Expects::Namespace => {
                    expects = Expects::Kind;
                    segment.to_owned()
                }
                Expects::Name => {
                    expects = Expects::Kind;
                    match kind.to_ascii_lowercase().as_str() {
                        "subscriptions" => self.guid(segment),
                        kind => self.name(kind, segment),
                    }
                }
                Expects::Kind => {
                    kind = segment;
                    expects = match segment.to_ascii_lowercase().as_str() {
                        "" => Expects::Kind,
                        "providers" => Expects::Namespace,
                        _ => Expects::Name,
                    };
                    segment.to_owned()
                }
            };
            written.push(segment);
        }
        written.join("/")
    }

    /// An address of a key: `vault.vault.azure.net/keys/name/version`.
    fn link(&mut self, rest: &str) -> String {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (label, domain) = host.split_once('.').unwrap_or((host, ""));
        let label = self.name("vaults", label);
        let path = path.split('/').map(|segment| self.name("key", segment));
        let path: Vec<String> = path.collect();
        format!("https://{label}.{domain}/{}", path.join("/"))
    }

    /// The invented name of a real one; by its kind when it is met first.
    fn name(&mut self, kind: &str, real: &str) -> String {
        let folded = real.to_ascii_lowercase();
        if real.is_empty() || FIXED.contains(&folded.as_str()) || folded.starts_with("privatelink.")
        {
            return real.to_owned();
        }
        if is_guid(real) {
            return self.guid(real);
        }
        let account = kind == "storageaccounts";
        let key = if account {
            format!("{folded}/")
        } else {
            folded.clone()
        };
        let known = self
            .names
            .get(&key)
            .or_else(|| self.names.get(&format!("{folded}/")));
        if let Some(known) = known {
            return known.clone();
        }
        // A name that is several, such as iaasvmcontainerv2;group;machine.
        if real.contains(';') {
            let mut parts = real.split(';');
            let first = parts.next().unwrap_or_default().to_owned();
            let rest: Vec<String> = parts.map(|part| self.name("part", part)).collect();
            return format!("{first};{}", rest.join(";"));
        }
        let prefix = prefix(kind);
        let count = self.counts.entry(prefix.to_owned()).or_default();
        *count += 1;
        let invented = match account {
            true => format!("stcaptured{count:02}"),
            false => format!("{prefix}-{count:02}"),
        };
        self.names.insert(key, invented.clone());
        invented
    }

    fn guid(&mut self, real: &str) -> String {
        let next = self.guids.len() + 1;
        let invented = || format!("00000000-0000-4000-8000-{next:012}");
        self.guids
            .entry(real.to_ascii_lowercase())
            .or_insert_with(invented)
            .clone()
    }

    /// A public address becomes one of documentation (RFC 5737, RFC 3849); ranges of private networks stay.
    fn address(&mut self, text: &str) -> String {
        let (address, length) = text
            .split_once('/')
            .map_or((text, None), |(a, l)| (a, Some(l)));
        let Ok(parsed) = IpAddr::from_str(address) else {
            return text.to_owned();
        };
        let private = match parsed {
            IpAddr::V4(v4) => {
                v4.is_private() || v4.is_loopback() || v4.is_unspecified() || v4.is_link_local()
            }
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local(),
        };
        if private {
            return text.to_owned();
        }
        let next = self.addresses.len() % 254 + 1;
        let invented = || match parsed {
            IpAddr::V4(_) => format!("192.0.2.{next}"),
            IpAddr::V6(_) => format!("2001:db8::{next:x}"),
        };
        let address = self
            .addresses
            .entry(address.to_owned())
            .or_insert_with(invented);
        length.map_or_else(|| address.clone(), |length| format!("{address}/{length}"))
    }
}

/// What the next segment of an id is.
enum Expects {
    Kind,
    Namespace,
    Name,
}

fn prefix(kind: &str) -> &str {
    match kind {
        "resourcegroups" => "rg",
        "virtualmachines" => "vm",
        "disks" => "disk",
        "diskencryptionsets" => "des",
        "networkinterfaces" => "nic",
        "virtualnetworks" => "vnet",
        "subnets" => "snet",
        "virtualnetworkpeerings" => "peering",
        "networksecuritygroups" => "nsg",
        "routetables" => "rt",
        "privateendpoints" => "pe",
        "privatednszones" => "zone",
        "vaults" => "vault",
        "backuppolicies" => "policy",
        "storageaccounts" => "account",
        "actiongroups" => "ag",
        "locks" => "lock",
        "key" => "key",
        _ => "part",
    }
}

fn is_id(text: &str) -> bool {
    text.get(..15)
        .is_some_and(|start| start.eq_ignore_ascii_case("/subscriptions/"))
}

fn is_guid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| match dashes.contains(&at) {
                true => b == b'-',
                false => b.is_ascii_hexdigit(),
            })
}

fn text_of(members: &serde_json::Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// Group and name of a document, or its scope and name where it lies on another one.
fn place(id: &str, kind: &str) -> Vec<(&'static str, String)> {
    let namespace = kind.split('/').next().unwrap_or_default();
    let mark = format!("/providers/{namespace}/");
    let at = id
        .to_ascii_lowercase()
        .rfind(&mark.to_ascii_lowercase())
        .unwrap_or(0);
    let (scope, rest) = id.split_at(at);
    let names: Vec<&str> = rest
        .get(mark.len()..)
        .unwrap_or_default()
        .split('/')
        .skip(1)
        .step_by(2)
        .collect();
    let name = ("name", names.join("/"));
    let parts: Vec<&str> = scope.split('/').collect();
    match parts.as_slice() {
        ["", _, _, groups, group]
            if groups.eq_ignore_ascii_case("resourceGroups") && !is_lock(kind) =>
        {
            vec![("group", (*group).to_owned()), name]
        }
        _ => vec![("scope", scope.to_owned()), name],
    }
}

fn is_lock(kind: &str) -> bool {
    kind == "Microsoft.Authorization/locks"
}
