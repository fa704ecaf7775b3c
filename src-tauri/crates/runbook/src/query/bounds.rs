//! Keeps a stranger's query from exhausting stack or memory, before and after it is parsed.

use crate::limits;
use crate::query::QueryError;
use crate::query::fill::{Text, tokens};
use jmespath::ast::Ast;

/// Refuses a query that is too long, nests too deeply for the parser or holds huge indices.
pub(super) fn before_parsing(query: &str) -> Result<(), QueryError> {
    if query.len() > limits::FILLED_QUERY_BYTES {
        return Err(QueryError::TooLarge { what: "its length" });
    }
    let mut operators = 0;
    let mut digits = 0;
    // Operators since the last separator, for each bracket that is open.
    let mut chains = vec![0_usize];
    for (_, token) in tokens(query) {
        let Text::Char(c) = token else { continue };
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        if digits > 7 {
            return Err(QueryError::TooLarge {
                what: "a number outside a literal",
            });
        }
        if !".[({!&|*<>=".contains(c) && !"])},".contains(c) {
            continue;
        }
        operators += 1;
        nest(c, &mut chains);
        if operators > limits::QUERY_OPERATORS
            || chains.iter().sum::<usize>() > limits::QUERY_NESTING
        {
            return Err(QueryError::TooLarge {
                what: "the number of its operators",
            });
        }
    }
    Ok(())
}

/// Follows how deep the parser will be after this character.
fn nest(c: char, chains: &mut Vec<usize>) {
    let last = chains.len() - 1;
    match c {
        '[' | '(' | '{' => {
            chains[last] += 1;
            chains.push(0);
        }
        // What stood inside is parsed; only what follows a bracket goes on from it.
        ']' | ')' | '}' if last > 0 => {
            chains.pop();
        }
        ',' | '|' => chains[last] = 0,
        _ => chains[last] += 1,
    }
}

/// Refuses a query that is too deep to evaluate or whose result could explode.
pub(super) fn after_parsing(ast: &Ast) -> Result<(), QueryError> {
    if depth(ast) > limits::QUERY_DEPTH {
        return Err(QueryError::TooLarge { what: "its depth" });
    }
    if growth(ast) > limits::QUERY_GROWTH_BITS {
        return Err(QueryError::TooLarge {
            what: "what it could grow to",
        });
    }
    Ok(())
}

/// Returns the parts of a node in the order in which they stand.
pub(super) fn children(ast: &Ast) -> Vec<&Ast> {
    match ast {
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. } => vec![lhs, rhs],
        Ast::Condition {
            predicate, then, ..
        } => vec![predicate, then],
        Ast::Expref { ast, .. } => vec![ast],
        Ast::Flatten { node, .. } | Ast::Not { node, .. } | Ast::ObjectValues { node, .. } => {
            vec![node]
        }
        Ast::Function { args, .. } => args.iter().collect(),
        Ast::MultiList { elements, .. } => elements.iter().collect(),
        Ast::MultiHash { elements, .. } => elements.iter().map(|pair| &pair.value).collect(),
        Ast::Identity { .. }
        | Ast::Field { .. }
        | Ast::Index { .. }
        | Ast::Literal { .. }
        | Ast::Slice { .. } => Vec::new(),
    }
}

/// Counts levels without recursion: a long chain is refused here, before anything recurses into it.
fn depth(ast: &Ast) -> usize {
    let mut deepest = 0;
    let mut open = vec![(ast, 1)];
    while let Some((node, level)) = open.pop() {
        deepest = deepest.max(level);
        open.extend(children(node).into_iter().map(|child| (child, level + 1)));
    }
    deepest
}

/// Bounds, as a binary logarithm, how much larger than its input a node's result can be.
fn growth(ast: &Ast) -> f64 {
    let parts: Vec<f64> = children(ast).into_iter().map(growth).collect();
    let sum: f64 = parts.iter().sum();
    let most = parts.iter().copied().fold(0.0, f64::max);
    let together = || {
        parts
            .iter()
            .map(|bits| bits.exp2())
            .sum::<f64>()
            .max(1.0)
            .log2()
    };
    match ast {
        Ast::Literal { value, .. } => (weight(value) / 64.0).max(1.0).log2(),
        // Parts that only decide contribute nothing to the result, but are bounded themselves.
        Ast::Comparison { .. } | Ast::Not { .. } => guard(most),
        Ast::Condition { .. } => parts[1].max(guard(parts[0])),
        Ast::Projection { .. } | Ast::Subexpr { .. } => sum,
        Ast::MultiList { .. } | Ast::MultiHash { .. } => together(),
        Ast::Function { name, args, .. } => match name.as_str() {
            "join" => match args.first() {
                Some(Ast::Literal { value, .. }) => {
                    weight(value).max(1.0).log2() + parts.get(1).copied().unwrap_or(0.0)
                }
                _ => f64::INFINITY,
            },
            "map" => sum,
            "merge" | "not_null" | "flatten" | "zip" => together(),
            // What is put in for each occurrence is at most 64 bytes.
            "replace" => most + 6.0,
            "to_string" => most + 2.0,
            "contains" | "length" | "starts_with" | "ends_with" | "type" | "index_of" => {
                guard(most)
            }
            _ => most,
        },
        _ => most,
    }
}

/// A part that is only looked at may be larger, not boundless.
fn guard(bits: f64) -> f64 {
    if bits > 2.0 * limits::QUERY_GROWTH_BITS {
        bits
    } else {
        0.0
    }
}

/// Returns about how many bytes a literal takes.
fn weight(value: &jmespath::Variable) -> f64 {
    match value {
        jmespath::Variable::String(text) => text.len() as f64 + 1.0,
        jmespath::Variable::Array(list) => 1.0 + list.iter().map(|v| weight(v)).sum::<f64>(),
        jmespath::Variable::Object(members) => {
            1.0 + members.values().map(|v| weight(v)).sum::<f64>()
        }
        _ => 1.0,
    }
}
