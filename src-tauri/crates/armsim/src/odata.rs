//! The part of OData's `$filter` that Azure's lists use: comparisons joined by `and` and `or`, and three functions.

use serde_json::Value;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    All,
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Compare(String, String, String),
    Function(String, String, String),
    /// A function without fields, such as `atScope()`.
    Flag(String),
}

/// Reads a filter; `Err` names what could not be read.
pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Filter::All);
    }
    let mut at = 0;
    let filter = either(&tokens, &mut at)?;
    if at == tokens.len() {
        Ok(filter)
    } else {
        Err(format!("unexpected '{}'", tokens[at]))
    }
}

impl Filter {
    /// Evaluates the filter; `field` looks a field's text up, `None` when the row lacks it.
    pub(crate) fn matches(&self, field: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Filter::All | Filter::Flag(_) => true,
            Filter::And(a, b) => a.matches(field) && b.matches(field),
            Filter::Or(a, b) => a.matches(field) || b.matches(field),
            Filter::Compare(name, operator, wanted) => {
                field(name).is_some_and(|have| match operator.as_str() {
                    "eq" => have == *wanted,
                    "ne" => have != *wanted,
                    "ge" => have >= *wanted,
                    "gt" => have > *wanted,
                    "le" => have <= *wanted,
                    _ => have < *wanted,
                })
            }
            Filter::Function(name, of, wanted) => {
                field(of).is_some_and(|have| match name.as_str() {
                    "contains" => have.contains(wanted.as_str()),
                    "startswith" => have.starts_with(wanted.as_str()),
                    _ => have.ends_with(wanted.as_str()),
                })
            }
        }
    }

    /// Returns the value that `name` is compared with by `operator`, if the filter says so anywhere.
    pub(crate) fn operand(&self, name: &str, operator: &str) -> Option<&str> {
        match self {
            Filter::And(a, b) | Filter::Or(a, b) => a
                .operand(name, operator)
                .or_else(|| b.operand(name, operator)),
            Filter::Compare(field, op, value)
                if field.eq_ignore_ascii_case(name) && op == operator =>
            {
                Some(value)
            }
            _ => None,
        }
    }
}

/// Returns a member of `row` by a path such as `properties/status`, as text.
pub(crate) fn text_of(row: &Value, path: &str) -> Option<String> {
    let mut value = row;
    for part in path.split(['/', '.']) {
        value = value.get(part)?;
    }
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn either(tokens: &[String], at: &mut usize) -> Result<Filter, String> {
    let mut left = both(tokens, at)?;
    while tokens
        .get(*at)
        .is_some_and(|t| t.eq_ignore_ascii_case("or"))
    {
        *at += 1;
        left = Filter::Or(Box::new(left), Box::new(both(tokens, at)?));
    }
    Ok(left)
}

fn both(tokens: &[String], at: &mut usize) -> Result<Filter, String> {
    let mut left = one(tokens, at)?;
    while tokens
        .get(*at)
        .is_some_and(|t| t.eq_ignore_ascii_case("and"))
    {
        *at += 1;
        left = Filter::And(Box::new(left), Box::new(one(tokens, at)?));
    }
    Ok(left)
}

fn one(tokens: &[String], at: &mut usize) -> Result<Filter, String> {
    let token = |at: usize| {
        tokens
            .get(at)
            .cloned()
            .ok_or_else(|| "unexpected end".to_owned())
    };
    let first = token(*at)?;
    if first == "(" {
        *at += 1;
        let inner = either(tokens, at)?;
        expect(tokens, at, ")")?;
        return Ok(inner);
    }
    if tokens.get(*at + 1).is_some_and(|t| t == "(") {
        *at += 2;
        if tokens.get(*at).is_some_and(|t| t == ")") {
            *at += 1;
            return Ok(Filter::Flag(first));
        }
        let of = token(*at)?;
        *at += 1;
        expect(tokens, at, ",")?;
        let wanted = unquoted(&token(*at)?);
        *at += 1;
        expect(tokens, at, ")")?;
        return Ok(Filter::Function(first.to_ascii_lowercase(), of, wanted));
    }
    let operator = token(*at + 1)?.to_ascii_lowercase();
    if !["eq", "ne", "ge", "gt", "le", "lt"].contains(&operator.as_str()) {
        return Err(format!("unknown operator '{operator}'"));
    }
    let wanted = unquoted(&token(*at + 2)?);
    *at += 3;
    Ok(Filter::Compare(first, operator, wanted))
}

fn expect(tokens: &[String], at: &mut usize, wanted: &str) -> Result<(), String> {
    if tokens.get(*at).is_some_and(|t| t == wanted) {
        *at += 1;
        return Ok(());
    }
    Err(format!("expected '{wanted}'"))
}

fn unquoted(token: &str) -> String {
    token
        .strip_prefix('\'')
        .map_or_else(|| token.to_owned(), str::to_owned)
}

/// Splits into words; a quoted text keeps one leading quote, so that it is never taken for an operator.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '+' => {}
            '(' | ')' | ',' => out.push(c.to_string()),
            '\'' => {
                let mut word = String::from("'");
                loop {
                    match chars.next() {
                        Some('\'') if chars.peek() == Some(&'\'') => {
                            chars.next();
                            word.push('\'');
                        }
                        Some('\'') => break,
                        Some(other) => word.push(other),
                        None => return Err("a quote is not closed".to_owned()),
                    }
                }
                out.push(word);
            }
            _ => {
                let mut word = c.to_string();
                while let Some(next) = chars.next_if(|n| !" (),'".contains(*n)) {
                    word.push(next);
                }
                out.push(word);
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(filter: &str, expected: bool) {
        let row = json!({"a": "x", "b": 7, "c": {"d": "it's"}, "when": "2026-01-02"});
        let matched = parse(filter).unwrap().matches(&|name| text_of(&row, name));
        assert_eq!(matched, expected, "{filter}");
    }

    #[test]
    fn filters_compare_join_and_call() {
        check("", true);
        check("a eq 'x'", true);
        check("a eq 'X'", false);
        check("a eq 'x' and b eq '7'", true);
        check("a eq 'y' or c/d eq 'it''s'", true);
        check("(a eq 'y' or a eq 'x') and when ge '2026-01-01'", true);
        check("startswith(a, 'x') and contains(c/d, 't''')", true);
        check("atScope()", true);
        check("missing eq 'x'", false);
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_refused() {
        for filter in [
            "a",
            "a eq",
            "a like 'x'",
            "a eq 'x",
            "(a eq 'x'",
            "a eq 'x' b",
        ] {
            assert!(parse(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn an_operand_is_found_wherever_it_stands() {
        let filter = parse("tagName eq 'n' and tagValue eq 'v'").unwrap();
        assert_eq!(filter.operand("tagvalue", "eq"), Some("v"));
        assert_eq!(filter.operand("tagvalue", "ne"), None);
    }
}
