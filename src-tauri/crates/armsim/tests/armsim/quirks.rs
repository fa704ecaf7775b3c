//! The faults that bend answers, and faults at a chosen request: each is seen, and counted in the file.

use drillbook_armsim::{Fault, Options, Scripted, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Bench, TestClock};

fn fired(bench: &Bench, fault: Fault) -> u64 {
    let ledger = bench.simulator.control().ledger();
    ledger.faults.get(fault.name()).copied().unwrap_or(0)
}

async fn timed(scripted: &str) -> Bench {
    let mut bench = Bench::new(&[]).await;
    let clock = TestClock::new();
    let options = Options {
        faults: vec![scripted.parse().unwrap()],
        https: false,
        ..Options::new(clock.function())
    };
    bench.simulator = Simulator::start(options).await.unwrap();
    bench.base = bench.simulator.http().unwrap().to_owned();
    bench.clock = clock;
    bench.renew().await;
    bench
}

#[test]
fn a_fault_and_its_moment_are_written_as_they_are_read() {
    for text in [
        "throttle",
        "throttle@read:3",
        "lost-response@write:2",
        "server-error@poll:1",
    ] {
        assert_eq!(text.parse::<Scripted>().unwrap().to_string(), text);
    }
    assert_eq!(
        "throttle@read".parse::<Scripted>(),
        "throttle@read:1".parse::<Scripted>()
    );
    for text in [
        "throttle@",
        "throttle@read:0",
        "throttle@never:1",
        "pages@read:1",
        "nothing@read:1",
    ] {
        assert!(text.parse::<Scripted>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn the_third_read_is_throttled_and_no_other() {
    let bench = timed("throttle@read:3").await;
    let address = format!("{}?api-version=2022-12-01", bench.sub);
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(bench.send(Method::GET, &address, None).await.status);
    }
    assert_eq!(seen, [200, 200, 429, 200, 200]);
    assert_eq!(fired(&bench, Fault::Throttle), 1);
}

#[tokio::test]
async fn the_connection_is_cut_after_the_second_write_was_accepted() {
    let bench = timed("lost-response@write:2").await;
    let put = async |name: &str| {
        let address = format!("{}/resourceGroups/{name}?api-version=2024-07-01", bench.sub);
        let body = json!({"location": "westus"});
        bench.try_send(Method::PUT, &address, Some(&body)).await
    };
    assert_eq!(put("rg-one").await.unwrap().status, 201);
    assert!(put("rg-two").await.is_err(), "no answer");
    assert_eq!(put("rg-two").await.unwrap().status, 200, "it was accepted");
    assert_eq!(fired(&bench, Fault::LostResponse), 1);
}

#[tokio::test]
async fn a_scenario_scripts_its_own_faults_and_surprises() {
    let text = include_str!("../../scenarios/evergreen-mutual.toml");
    for head in ["faults = [\"throttle@read:1\"]\n", "surprises = 2\n"] {
        let clock = TestClock::new();
        let options = Options {
            scenario: Some(format!("{head}{text}")),
            ..Options::new(clock.function())
        };
        Simulator::start(options).await.unwrap().shutdown().await;
    }
    let options = Options {
        scenario: Some(format!("faults = [\"no-such\"]\n{text}")),
        ..Options::new(TestClock::new().function())
    };
    assert!(Simulator::start(options).await.is_err());
}

#[tokio::test]
async fn a_list_lags_behind_a_write_and_then_knows() {
    let bench = Bench::new(&[Fault::StaleList]).await;
    let group = bench.group("rg-drill-1").await;
    let disk = format!("{group}/providers/Microsoft.Compute/disks/d?api-version=2024-03-02");
    let body = json!({
        "location": "westus", "sku": {"name": "Premium_LRS"},
        "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 32},
    });
    assert_eq!(bench.put(&disk, body).await.status, 202);
    assert_eq!(bench.send(Method::GET, &disk, None).await.status, 200);
    assert!(bench.disks(&group).await.is_empty());
    bench.clock.pass(2);
    assert_eq!(bench.disks(&group).await.len(), 1);
    assert_eq!(fired(&bench, Fault::StaleList), 1);
}

#[tokio::test]
async fn tags_are_lost_once() {
    let bench = Bench::new(&[Fault::MissingTags]).await;
    let disk = format!(
        "{}/resourceGroups/rg-drill-0004/providers/Microsoft.Compute/disks/vm-policy-01-osdisk-20261011-101502?api-version=2024-03-02",
        bench.sub
    );
    let tags = json!({"tags": {"drillbook-drill": "D-1"}});
    for expected in [json!({}), tags["tags"].clone()] {
        bench.send(Method::PATCH, &disk, Some(&tags)).await;
        bench.clock.pass(1);
        assert_eq!(bench.get(&disk).await["tags"], expected);
    }
    assert_eq!(fired(&bench, Fault::MissingTags), 1);
}

#[tokio::test]
async fn a_filter_is_not_heeded() {
    let bench = Bench::new(&[Fault::BadFilter]).await;
    let list = format!(
        "{}/resources?api-version=2024-07-01&$filter=tagName%20eq%20%27drillbook-drill%27",
        bench.sub
    );
    assert!(bench.rows(&list).await.len() > 10);
    assert_eq!(fired(&bench, Fault::BadFilter), 1);
}

#[tokio::test]
async fn alerts_and_the_log_are_full_of_others() {
    let bench = Bench::new(&[Fault::AlertNoise]).await;
    let alerts = format!(
        "{}/providers/Microsoft.AlertsManagement/alerts?api-version=2019-03-01",
        bench.sub
    );
    assert_eq!(bench.rows(&alerts).await.len(), 7);
    let log = format!(
        "{}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01\
         &$filter=eventTimestamp%20ge%20%272026-11-21T08:00:00Z%27",
        bench.sub
    );
    let noise = bench.rows(&log).await.into_iter();
    let noise = noise.filter(|row| row["caller"] == json!("monitoring@evergreen.example"));
    assert_eq!(noise.count(), 23);
    assert_eq!(fired(&bench, Fault::AlertNoise), 2);
}

#[tokio::test]
async fn a_slow_region_restores_five_times_as_slowly() {
    let mut lasts = Vec::new();
    for faults in [&[][..], &[Fault::SlowRegion]] {
        let bench = Bench::new(faults).await;
        let group = bench.group("rg-drill-1").await;
        assert_eq!(bench.restore("vm-policy-02", &group).await.status, 202);
        let mut minutes = 0;
        while bench.disks(&group).await.is_empty() {
            bench.clock.pass(1);
            minutes += 1;
            assert!(minutes < 200);
        }
        lasts.push(minutes);
        let expected = u64::from(!faults.is_empty());
        assert_eq!(fired(&bench, Fault::SlowRegion), expected);
    }
    assert!(lasts[1] >= lasts[0] * 4, "{lasts:?}");
}

#[tokio::test]
async fn azures_clock_is_ahead_of_ours() {
    let bench = Bench::new(&[Fault::ClockSkew]).await;
    let address = format!("{}?api-version=2022-12-01", bench.sub);
    let got = bench.send(Method::GET, &address, None).await;
    let said = chrono::DateTime::parse_from_rfc2822(got.header("date").unwrap()).unwrap();
    assert_eq!((said.to_utc() - bench.clock.now()).num_minutes(), 11);
    assert_eq!(fired(&bench, Fault::ClockSkew), 1);
}

#[tokio::test]
async fn a_policy_that_nobody_listed_denies_the_machine() {
    let bench = Bench::new(&[Fault::PolicyDenies]).await;
    let group = bench.group("rg-drill-1").await;
    let machine =
        format!("{group}/providers/Microsoft.Compute/virtualMachines/m?api-version=2024-07-01");
    let got = bench.put(&machine, json!({"location": "westus"})).await;
    assert_eq!((got.status, got.code()), (403, "RequestDisallowedByPolicy"));
    let list = format!(
        "{group}/providers/Microsoft.Authorization/policyAssignments?api-version=2024-05-01"
    );
    assert_eq!(bench.rows(&list).await.len(), 2, "no list has it");
    assert_eq!(fired(&bench, Fault::PolicyDenies), 1);
}

#[tokio::test]
async fn a_lock_appears_before_the_restore_and_refuses_it() {
    let bench = Bench::new(&[Fault::LockAppears]).await;
    let group = bench.group("rg-drill-1").await;
    let got = bench.restore("vm-policy-01", &group).await;
    assert_eq!((got.status, got.code()), (409, "ScopeLocked"));
    assert_eq!(bench.simulator.control().ledger().restores_total(), 0);
    assert_eq!(fired(&bench, Fault::LockAppears), 1);
}

#[tokio::test]
async fn the_first_token_is_of_another_tenant() {
    let mut bench = Bench::new(&[Fault::TokenOfOtherTenant]).await;
    let address = format!("{}?api-version=2022-12-01", bench.sub);
    let got = bench.send(Method::GET, &address, None).await;
    assert_eq!(
        (got.status, got.code()),
        (401, "InvalidAuthenticationTokenTenant")
    );
    assert!(
        got.header("www-authenticate")
            .unwrap()
            .contains("authorization_uri")
    );
    bench.renew().await;
    assert_eq!(bench.send(Method::GET, &address, None).await.status, 200);
    assert_eq!(fired(&bench, Fault::TokenOfOtherTenant), 1);
}

#[tokio::test]
async fn a_list_ends_in_an_empty_page_and_an_empty_link() {
    let bench = Bench::new(&[Fault::Pages]).await;
    let mut next = format!("{}/tenants?api-version=2022-12-01", bench.base);
    let mut pages: Vec<Value> = Vec::new();
    while !next.is_empty() {
        let page = bench.get(&next).await;
        next = page["nextLink"].as_str().unwrap().to_owned();
        pages.push(page);
    }
    let rows: Vec<usize> = pages
        .iter()
        .map(|page| page["value"].as_array().unwrap().len())
        .collect();
    assert_eq!(rows, [1, 0]);
    assert!(fired(&bench, Fault::Pages) > 0);
}
