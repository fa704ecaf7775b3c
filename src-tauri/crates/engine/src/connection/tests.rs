use super::{CloudName, Connection, Connections, Credential, SimulatorAt};
use drillbook_diagnostic::Diagnostic;

const TENANT: &str = "7d3c1b52-64f0-4d0e-9a3b-0f6e2c8a1d47";
const SUBSCRIPTION: &str = "3f0a9c1e-5b7d-4e26-8c41-b2d60f7e9a15";

fn connection(name: &str, credential: Credential) -> Result<Connection, String> {
    let made = Connection::new(name, CloudName::UsGov, TENANT, SUBSCRIPTION, credential);
    made.map_err(|error| error.code().to_owned())
}

#[test]
fn a_connection_is_kept_listed_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let all = Connections::of(folder.path());
    assert!(all.list().unwrap().is_empty());
    let machine = Credential::ManagedIdentity {
        client_id: Some("c".into()),
    };
    let one = connection("prod", machine).unwrap();
    let other = connection("ops-2", Credential::AzureCli).unwrap();
    all.add(&one, None).unwrap();
    all.add(&other, None).unwrap();
    assert_eq!(all.add(&one, None).unwrap_err().code(), "connection.exists");
    assert_eq!(all.list().unwrap(), [other, one.clone()]);
    assert_eq!(one.cloud().unwrap().name(), "AzureUSGovernment");
    all.remove("prod").unwrap();
    assert_eq!(all.get("prod").unwrap_err().code(), "connection.unknown");
    assert_eq!(all.remove("prod").unwrap_err().code(), "connection.unknown");
}

#[test]
fn a_secret_and_a_certificate_are_asked_for() {
    let client_id = || "c".to_owned();
    let folder = tempfile::tempdir().unwrap();
    let all = Connections::of(folder.path());
    let secret = Credential::ClientSecret {
        client_id: client_id(),
    };
    let one = connection("prod", secret).unwrap();
    for given in [None, Some("")] {
        assert_eq!(
            all.add(&one, given).unwrap_err().code(),
            "connection.secret"
        );
    }
    let certificate = Credential::ClientCertificate {
        client_id: client_id(),
    };
    let one = connection("prod", certificate).unwrap();
    assert_eq!(all.add(&one, None).unwrap_err().code(), "connection.secret");
    assert!(all.list().unwrap().is_empty());
}

#[test]
fn only_a_connection_that_says_so_reaches_a_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let all = Connections::of(folder.path());
    let at = |address: &str| SimulatorAt {
        address: address.to_owned(),
        ca: None,
    };
    let here = || at("http://127.0.0.1:1");
    let made =
        |cloud| Connection::new("one", cloud, TENANT, SUBSCRIPTION, Credential::AzureCli).unwrap();
    for (wrong, code) in [
        (made(CloudName::Simulator), "connection.simulator"),
        (
            made(CloudName::Public).to_simulator(here()),
            "connection.simulator",
        ),
        (
            made(CloudName::Simulator).to_simulator(at("https://management.azure.com")),
            "arm.simulator_not_local",
        ),
    ] {
        assert_eq!(all.add(&wrong, None).unwrap_err().code(), code);
    }
    let machine = Credential::ManagedIdentity { client_id: None };
    let other = Connection::new("one", CloudName::Simulator, TENANT, SUBSCRIPTION, machine);
    let other = other.unwrap().to_simulator(here());
    assert_eq!(
        all.add(&other, None).unwrap_err().code(),
        "connection.simulator"
    );
    let right = made(CloudName::Simulator).to_simulator(here());
    all.add(&right, None).unwrap();
    let kept = all.get("one").unwrap();
    assert_eq!(kept, right);
    assert!(!kept.cloud().unwrap().live());
}

#[test]
fn names_lead_nowhere_else_and_ids_are_ids() {
    for name in ["", "../x", "A", "a/b", "-a", &"a".repeat(41)] {
        let refused = connection(name, Credential::AzureCli).unwrap_err();
        assert_eq!(refused, "connection.name", "{name}");
    }
    let made = Connection::new(
        "a",
        CloudName::Public,
        "t",
        SUBSCRIPTION,
        Credential::AzureCli,
    );
    assert_eq!(made.unwrap_err().code(), "connection.id");
}

#[test]
fn a_file_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let all = Connections::of(folder.path());
    all.add(&connection("prod", Credential::AzureCli).unwrap(), None)
        .unwrap();
    let file = folder.path().join("connections/prod.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("connection/1", "connection/2")).unwrap();
    assert_eq!(all.get("prod").unwrap_err().code(), "connection.unreadable");
}
