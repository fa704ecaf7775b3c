//! Whether anybody could work under a policy: a gate that nobody can pass, or no operator, is found before it is signed.
//!
//! Deliberately absent: judging whether a policy is wise.

use super::Policy;

/// The role that plays drills.
const OPERATOR: &str = "operator";

/// Why nobody could work under a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// Nobody plays drills.
    NoOperator,
    /// A gate asks for more people than could ever approve there.
    Gate {
        /// Name of the gate.
        gate: String,
        /// How many it asks for.
        quorum: u64,
        /// How many could approve what the luckiest operator asks.
        could: usize,
    },
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoOperator => f.write_str("nobody has the role of the operator"),
            Self::Gate {
                gate,
                quorum,
                could,
            } => write!(
                f,
                "the gate {gate} asks for {quorum} approvals, and who asks never approves: {could} could be given"
            ),
        }
    }
}

impl Policy {
    /// Returns what keeps everybody from working under this policy; nothing when somebody can.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let usable = |id: &str| {
            let person = self.people.get(id);
            person.is_some_and(|one| one.keys.iter().any(|key| !self.is_revoked(key)))
        };
        let operator = [OPERATOR.to_owned()];
        let ids = || self.people.keys().filter(|id| usable(id));
        let operators: Vec<&String> = ids().filter(|id| self.has_role(id, &operator)).collect();
        if operators.is_empty() {
            return vec![Gap::NoOperator];
        }
        let gates = self.gates.iter().filter_map(|(gate, rule)| {
            let deciding = |id: &&String| self.has_role(id, &rule.roles);
            let others = |asks: &&String| ids().filter(deciding).filter(|id| id != asks).count();
            let could = operators.iter().map(others).max();
            let could = could.unwrap_or_default();
            let short = (could as u64) < rule.quorum;
            short.then(|| Gap::Gate {
                gate: gate.clone(),
                quorum: rule.quorum,
                could,
            })
        });
        gates.collect()
    }
}
