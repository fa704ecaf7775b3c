//! Who may call which command: one table, and a command that is not in it is refused.
//!
//! The window's capability decides what reaches this point; the rules of a drill are decided further
//! in. This is the fence between the two: a reviewer's seat offers no operator's command.

use super::views::{IpcError, RoleView};

/// Who may call a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody.
    Anyone,
    /// The operator's seat only.
    Operator,
    /// The reviewer's seat only.
    Reviewer,
}

impl Who {
    /// Tells whether somebody in this role may call.
    pub fn admits(self, role: RoleView) -> bool {
        match self {
            Self::Anyone => true,
            Self::Operator => role == RoleView::Operator,
            Self::Reviewer => role == RoleView::Reviewer,
        }
    }

    /// Returns the word of the golden file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Operator => "operator",
            Self::Reviewer => "reviewer",
        }
    }
}

/// Every command and who may call it, by name.
pub const GUARDED: &[(&str, Who)] = &[
    ("abort_drill", Who::Operator),
    ("acknowledge_step", Who::Operator),
    ("acknowledge_warning", Who::Operator),
    ("add_connection", Who::Operator),
    ("add_finding", Who::Operator),
    ("add_note", Who::Anyone),
    ("add_reference", Who::Operator),
    ("adopt_policy", Who::Anyone),
    ("app", Who::Anyone),
    ("ask_sign_off", Who::Operator),
    ("attach_picture", Who::Operator),
    ("audit", Who::Anyone),
    ("break_glass", Who::Anyone),
    ("capture_picture", Who::Operator),
    ("capture_sources", Who::Operator),
    ("check_fields", Who::Operator),
    ("choose", Who::Operator),
    ("choose_certificate", Who::Operator),
    ("choose_exchange_folder", Who::Anyone),
    ("choose_signing_key", Who::Anyone),
    ("cleanup", Who::Anyone),
    ("close_drill", Who::Operator),
    ("connections", Who::Anyone),
    ("decide_request", Who::Reviewer),
    ("drill", Who::Anyone),
    ("drills", Who::Anyone),
    ("drop_policy_draft", Who::Anyone),
    ("enter_fields", Who::Operator),
    ("evidence", Who::Anyone),
    ("exchange_folder", Who::Anyone),
    ("export_bundle", Who::Anyone),
    ("foreign_evidence", Who::Anyone),
    ("foreign_request", Who::Anyone),
    ("foreign_requests", Who::Anyone),
    ("forget_exchange_folder", Who::Anyone),
    ("home", Who::Anyone),
    ("import_decision", Who::Operator),
    ("journal", Who::Anyone),
    ("lay_out_foreign_decision", Who::Anyone),
    ("live_state", Who::Anyone),
    ("open_decision", Who::Operator),
    ("open_drill", Who::Operator),
    ("open_evidence", Who::Reviewer),
    ("open_foreign", Who::Anyone),
    ("open_live", Who::Anyone),
    ("open_policy_signature", Who::Anyone),
    ("open_public_key", Who::Anyone),
    ("open_rehearsal", Who::Anyone),
    ("picture", Who::Anyone),
    ("policy", Who::Anyone),
    ("propose_policy", Who::Anyone),
    ("read_public_key", Who::Anyone),
    ("remove_connection", Who::Operator),
    ("report_line", Who::Operator),
    ("request", Who::Anyone),
    ("request_text", Who::Anyone),
    ("requests", Who::Anyone),
    ("resolve_finding", Who::Operator),
    ("resolve_unknown", Who::Operator),
    ("review_glass", Who::Anyone),
    ("revoke_decision", Who::Anyone),
    ("run_step", Who::Operator),
    ("runbook", Who::Anyone),
    ("runbooks", Who::Anyone),
    ("save_bundle", Who::Anyone),
    ("save_foreign_decision", Who::Anyone),
    ("save_policy_draft", Who::Anyone),
    ("save_request", Who::Anyone),
    ("save_signers", Who::Anyone),
    ("set_deadline", Who::Operator),
    ("settings", Who::Anyone),
    ("sign_foreign", Who::Anyone),
    ("sign_policy", Who::Anyone),
    ("skip_step", Who::Operator),
    ("start_options", Who::Anyone),
    ("step", Who::Anyone),
    ("switch_person", Who::Anyone),
    ("take_line", Who::Operator),
    ("take_policy_signature", Who::Anyone),
    ("test_connection", Who::Operator),
    ("unlock_connection", Who::Operator),
    ("use_connection", Who::Operator),
    ("verify_journal", Who::Anyone),
    ("withdraw_request", Who::Operator),
];

/// Tells whether the person at the window may call `command`, or why not.
///
/// # Errors
/// `role.not_yours` when the seat is another one, `command.unlisted` when nobody may.
pub fn check(command: &str, role: RoleView) -> Result<(), IpcError> {
    let Some((_, who)) = GUARDED.iter().find(|(name, _)| *name == command) else {
        return Err(IpcError::refused(
            "command.unlisted",
            "the window asked for a command that nobody may call",
            "Report this: Drillbook's window and its program do not fit together.",
        ));
    };
    if who.admits(role) {
        return Ok(());
    }
    Err(IpcError::refused(
        "role.not_yours",
        &format!("this is done from the seat of the {}", who.word()),
        "Switch to that person first, or leave it to them.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_never_decides_and_the_reviewer_never_sends() {
        assert_eq!(
            check("decide_request", RoleView::Operator).map_err(|e| e.code),
            Err("role.not_yours".to_owned())
        );
        assert_eq!(
            check("run_step", RoleView::Reviewer).map_err(|e| e.code),
            Err("role.not_yours".to_owned())
        );
        assert_eq!(check("decide_request", RoleView::Reviewer), Ok(()));
    }

    #[test]
    fn a_command_that_is_not_listed_is_refused() {
        assert_eq!(
            check("format_disk", RoleView::Operator).map_err(|e| e.code),
            Err("command.unlisted".to_owned())
        );
    }

    #[test]
    fn the_table_is_sorted_and_without_repetition() {
        assert!(GUARDED.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
