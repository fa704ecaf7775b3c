//! What policy says: assignments, definitions, denials and the question asked beforehand.

use serde_json::{Value, json};

use crate::answer::{Answer, Reply};
use crate::call::Call;
use crate::desk::Desk;
use crate::fault::Fault;
use crate::scenario::Policy;
use crate::state::key;

/// The policies that are on, given the faults.
fn policies(desk: &Desk) -> impl Iterator<Item = &Policy> {
    desk.scenario.policies.iter().filter(|policy| {
        policy
            .fault
            .as_ref()
            .is_none_or(|name| desk.faults.iter().any(|f| f.name() == name))
    })
}

/// The assignments that reach a scope.
pub(crate) fn assignments(desk: &Desk, scope: &str) -> Vec<Value> {
    let wanted = key(scope);
    let sub = desk.scenario.subscription_id();
    let rows = policies(desk).filter(|policy| wanted.starts_with(&key(&policy.scope))).map(|policy| {
        json!({
            "id": format!("{}/providers/Microsoft.Authorization/policyAssignments/{}", policy.scope, policy.name),
            "name": policy.name,
            "type": "Microsoft.Authorization/policyAssignments",
            "properties": {
                "displayName": policy.display,
                "policyDefinitionId": format!("{sub}/providers/Microsoft.Authorization/policyDefinitions/{}", policy.name),
                "scope": policy.scope,
                "notScopes": [],
                "parameters": policy.parameters,
                "enforcementMode": "Default",
            },
        })
    });
    rows.collect()
}

/// One definition, with its rule and effect.
pub(crate) fn definition(desk: &Desk, name: &str) -> Reply {
    let Some(policy) = policies(desk).find(|policy| policy.name == name) else {
        let message = format!("The policy definition '{name}' could not be found.");
        return Err(Answer::error(404, "PolicyDefinitionNotFound", message));
    };
    Ok(Answer::ok(json!({
        "id": format!(
            "{}/providers/Microsoft.Authorization/policyDefinitions/{name}",
            desk.scenario.subscription_id()
        ),
        "name": name,
        "type": "Microsoft.Authorization/policyDefinitions",
        "properties": {
            "displayName": policy.display,
            "policyType": "Custom",
            "mode": "Indexed",
            "policyRule": {"if": policy.rule, "then": {"effect": policy.effect}},
        },
    })))
}

/// Returns the policy that denies a new resource of a type in a region.
pub(crate) fn denied(desk: &Desk, kind: &str, location: &str) -> Option<Policy> {
    policies(desk)
        .find(|policy| {
            policy.effect.eq_ignore_ascii_case("deny") && applies(&policy.rule, kind, location)
        })
        .cloned()
}

fn applies(rule: &Value, kind: &str, location: &str) -> bool {
    if let Some(all) = rule.get("allOf").and_then(Value::as_array) {
        return all.iter().all(|part| applies(part, kind, location));
    }
    if let Some(not) = rule.get("not") {
        return !applies(not, kind, location);
    }
    let have = if rule["field"] == json!("location") {
        location
    } else {
        kind
    };
    let same = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(have))
    };
    rule.get("equals").is_some_and(same)
        || rule
            .get("in")
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().any(same))
}

/// A policy of a management group: it is in force, and no list of the subscription has it.
pub(crate) fn unlisted(desk: &Desk) -> Policy {
    Policy {
        name: "machines-through-the-landing-zone".to_owned(),
        display: "Machines are made by the landing zone".to_owned(),
        scope: format!(
            "/providers/Microsoft.Management/managementGroups/{}",
            desk.scenario.company.tenant
        ),
        effect: "deny".to_owned(),
        rule: json!({"field": "type", "equals": "Microsoft.Compute/virtualMachines"}),
        parameters: Value::Null,
        fault: None,
    }
}

/// The error of a denied write.
pub(crate) fn disallowed(desk: &Desk, policy: &Policy, name: &str) -> Answer {
    let sub = desk.scenario.subscription_id();
    let assignment = format!(
        "{}/providers/Microsoft.Authorization/policyAssignments/{}",
        policy.scope, policy.name
    );
    let definition = format!(
        "{sub}/providers/Microsoft.Authorization/policyDefinitions/{}",
        policy.name
    );
    Answer::json(
        403,
        json!({"error": {
            "code": "RequestDisallowedByPolicy",
            "target": name,
            "message": format!(
                "Resource '{name}' was disallowed by policy. Policy identifiers: '[{{\"policyAssignment\":{{\"name\":\
                 \"{}\",\"id\":\"{assignment}\"}}}}]'.",
                policy.display
            ),
            "additionalInfo": [{
                "type": "PolicyViolation",
                "info": {
                    "policyDefinitionDisplayName": policy.display,
                    "policyDefinitionId": definition,
                    "policyDefinitionName": policy.name,
                    "policyDefinitionEffect": "deny",
                    "policyAssignmentId": assignment,
                    "policyAssignmentName": policy.name,
                    "policyAssignmentDisplayName": policy.display,
                    "policyAssignmentScope": policy.scope,
                },
            }],
        }}),
    )
}

/// `POST …/checkPolicyRestrictions`: what policy would say of a resource.
pub(crate) fn restrictions(desk: &mut Desk, call: &Call) -> Reply {
    let content = &call.body["resourceDetails"]["resourceContent"];
    let kind = content["type"].as_str().unwrap_or_default();
    let location = content["location"].as_str().unwrap_or_default();
    let found = denied(desk, kind, location);
    let evaluations: Vec<Value> = found
        .iter()
        .map(|policy| {
            json!({
                "policyInfo": {
                    "policyDefinitionId": policy.name,
                    "policyAssignmentId": policy.name,
                },
                "evaluationResult": "NonCompliant",
                "effectDetails": {"policyEffect": "Deny"},
            })
        })
        .collect();
    if !evaluations.is_empty() {
        desk.fire(Fault::StagingWrongRegion, "restrictions")?;
    }
    Ok(Answer::ok(json!({
        "fieldRestrictions": [],
        "contentEvaluationResult": {"policyEvaluations": evaluations},
    })))
}
