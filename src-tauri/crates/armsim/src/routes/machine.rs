//! A machine after its creation: instance view and boot diagnostics.

use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use serde_json::{Value, json};

use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::state::Resource;
use crate::state::render::disks_of;
use crate::timetext::plain;

/// Seconds from provisioned until the agent is ready.
const AGENT: i64 = 150;

/// What a machine shows of itself at this moment.
pub(crate) fn instance_view(desk: &Desk, vm: &Resource) -> Value {
    let ready = desk.now >= vm.ready_at;
    let statuses = if ready {
        vec![
            status(
                "ProvisioningState/succeeded",
                "Provisioning succeeded",
                vm.ready_at,
            ),
            status("PowerState/running", "VM running", vm.ready_at),
        ]
    } else {
        vec![
            status("ProvisioningState/creating", "Creating", vm.changed_at),
            status("PowerState/starting", "VM starting", vm.changed_at),
        ]
    };
    let disks = disks_of(&vm.requested);
    let disks = disks.iter().map(|id| {
        json!({
            "name": id.rsplit('/').next(),
            "statuses": [status("ProvisioningState/succeeded", "Provisioning succeeded", vm.ready_at)],
        })
    });
    let mut view = json!({
        "disks": disks.collect::<Vec<Value>>(),
        "bootDiagnostics": {},
        "hyperVGeneration": "V2",
        "statuses": statuses,
    });
    if ready {
        describe_guest(desk, vm, &mut view);
    }
    view
}

fn status(code: &str, text: &str, at: DateTime<Utc>) -> Value {
    json!({"code": code, "level": "Info", "displayStatus": text, "time": plain(at)})
}

/// Adds the agent, and what only the agent knows.
fn describe_guest(desk: &Desk, vm: &Resource, view: &mut Value) {
    let agent_at = vm.ready_at + TimeDelta::seconds(AGENT);
    if desk.now < agent_at {
        view["vmAgent"] = json!({
            "vmAgentVersion": "Unknown",
            "statuses": [{
                "code": "ProvisioningState/Unavailable", "level": "Warning", "displayStatus": "Not Ready",
                "message": "VM status blob is found but not yet populated.", "time": plain(desk.now),
            }],
        });
        return;
    }
    view["vmAgent"] = json!({
        "vmAgentVersion": "2.13.1.1",
        "statuses": [{
            "code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready",
            "message": "Guest Agent is running", "time": plain(agent_at),
        }],
        "extensionHandlers": [],
    });
    let system = vm
        .requested
        .pointer("/properties/storageProfile/osDisk/osType");
    let windows = system == Some(&json!("Windows"));
    let name = vm.requested["name"].as_str().unwrap_or_default();
    view["computerName"] = json!(name.trim_end_matches("-drill"));
    view["osName"] = json!(if windows {
        "Windows Server 2022 Datacenter"
    } else {
        "ubuntu"
    });
    view["osVersion"] = json!(if windows { "10.0.20348" } else { "22.04" });
}

/// `instanceView` and `retrieveBootDiagnosticsData` of a machine.
pub(crate) fn action(desk: &mut Desk, call: &Call, end: usize, action: &str) -> Reply {
    let id = call.id(end);
    let Some(vm) = desk.world.get(&id).cloned() else {
        return Err(Answer::not_found(&id));
    };
    match (action, &call.method) {
        ("instanceview", &Method::GET) => Ok(Answer::ok(instance_view(desk, &vm))),
        ("retrievebootdiagnosticsdata", &Method::POST) => {
            let enabled = vm
                .requested
                .pointer("/properties/diagnosticsProfile/bootDiagnostics/enabled");
            if enabled != Some(&json!(true)) {
                let message = "Boot diagnostics is not enabled for this virtual machine.";
                return Err(Answer::error(409, "BootDiagnosticsNotEnabled", message));
            }
            if desk.now < vm.ready_at + TimeDelta::seconds(20) {
                let message = "The boot diagnostics are not available yet. Please retry later.";
                return Err(Answer::error(409, "BootDiagnosticsNotReady", message));
            }
            let name = vm.requested["name"].as_str().unwrap_or_default();
            let address = |file: &str| super::blobs::signed(desk, call, name, file);
            Ok(Answer::ok(json!({
                "consoleScreenshotBlobUri": address("screenshot.png"),
                "serialConsoleLogBlobUri": address("serialconsole.log"),
            })))
        }
        _ => Err(super::no_route(call)),
    }
}
