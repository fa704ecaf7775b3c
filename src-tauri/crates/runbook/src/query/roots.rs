//! What a query reads at the root: the names that must be known before it can have a value.

use crate::query::bounds::children;
use jmespath::Runtime;
use jmespath::ast::Ast;
use serde_json::{Map, Value};

/// A member read at the root, and the one read of it directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    /// The first word.
    pub(crate) word: String,
    /// The word after it, when one follows.
    pub(crate) member: Option<String>,
}

/// Lists what a query reads at the root.
pub(crate) fn roots(ast: &Ast) -> Vec<Root> {
    let mut found = Vec::new();
    walk(ast, true, &mut found);
    found
}

/// Lists the requests whose answers a query reads.
pub(crate) fn responses_used(ast: &Ast) -> Vec<String> {
    roots(ast)
        .into_iter()
        .filter(|root| root.word == "responses")
        .filter_map(|root| root.member)
        .collect()
}

/// Returns whether a query reads its root as a whole, so that no part of it can be left out.
pub(super) fn reads_all(ast: &Ast) -> bool {
    match ast {
        Ast::Identity { .. } | Ast::Index { .. } | Ast::Slice { .. } => true,
        Ast::Field { .. } | Ast::Literal { .. } | Ast::Expref { .. } => false,
        // What stands behind reads what stands before.
        Ast::Subexpr { lhs, .. } | Ast::Projection { lhs, .. } => reads_all(lhs),
        _ => children(ast).into_iter().any(reads_all),
    }
}

/// Returns those members of a root that a query reads, and of them only what it reads directly: a
/// scope is large, and copying it is most of a query's cost.
pub(super) fn part<'a>(ast: &Ast, find: impl Fn(&str) -> Option<&'a Value>) -> Value {
    let all = roots(ast);
    let mut kept = Map::new();
    for Root { word, member } in &all {
        let whole = all
            .iter()
            .any(|root| root.word == *word && root.member.is_none());
        match (find(word), member) {
            (Some(Value::Object(members)), Some(member)) if !whole => {
                let own = kept
                    .entry(word.as_str())
                    .or_insert_with(|| Value::Object(Map::new()));
                if let (Value::Object(own), Some(value)) = (own, members.get(member)) {
                    own.insert(member.clone(), value.clone());
                }
            }
            (Some(value), _) => {
                kept.insert(word.clone(), value.clone());
            }
            (None, _) => {}
        }
    }
    Value::Object(kept)
}

/// Returns whether a query reads a member of a negation, as `!a.b` does: a flag has no members. A pipe
/// behind a negation is meant.
pub(crate) fn negates_too_little(ast: &Ast, text: &str) -> bool {
    let own = match ast {
        Ast::Subexpr { lhs, offset, .. } | Ast::Projection { lhs, offset, .. } => {
            matches!(**lhs, Ast::Not { .. }) && text.as_bytes().get(*offset) != Some(&b'|')
        }
        _ => false,
    };
    own || children(ast)
        .into_iter()
        .any(|child| negates_too_little(child, text))
}

/// Returns the first function that the runtime does not know; evaluation alone would find it too late.
pub(super) fn unknown_function(ast: &Ast, runtime: &Runtime) -> Option<String> {
    if let Ast::Function { name, .. } = ast
        && runtime.get_function(name).is_none()
    {
        return Some(name.clone());
    }
    children(ast)
        .into_iter()
        .find_map(|child| unknown_function(child, runtime))
}

fn walk(ast: &Ast, at_root: bool, found: &mut Vec<Root>) {
    match ast {
        Ast::Field { name, .. } if at_root => {
            found.push(Root {
                word: name.clone(),
                member: None,
            });
        }
        Ast::Subexpr { lhs, rhs, .. } => {
            let before = found.len();
            walk(lhs, at_root, found);
            if let (Ast::Field { .. }, true) = (lhs.as_ref(), found.len() == before + 1) {
                found[before].member = first_word(rhs);
            }
            walk(
                rhs,
                matches!(lhs.as_ref(), Ast::Identity { .. }) && at_root,
                found,
            );
        }
        Ast::Projection { lhs, rhs, .. } => {
            walk(lhs, at_root, found);
            walk(rhs, false, found);
        }
        Ast::Expref { ast, .. } => walk(ast, false, found),
        _ => children(ast)
            .into_iter()
            .for_each(|child| walk(child, at_root, found)),
    }
}

/// Returns the first member that `rhs` reads of what stands before it.
fn first_word(rhs: &Ast) -> Option<String> {
    match rhs {
        Ast::Field { name, .. } => Some(name.clone()),
        Ast::Subexpr { lhs, .. } | Ast::Projection { lhs, .. } => first_word(lhs),
        Ast::Flatten { node, .. } | Ast::ObjectValues { node, .. } => first_word(node),
        _ => None,
    }
}
