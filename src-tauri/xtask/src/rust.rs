//! Just enough of Rust's grammar to find functions and the arms of a `match`: strings, comments and brackets. No parser, because
//! a parser would be most of what a newcomer waits for.

/// The text between the first `{` at or after `from` and the `}` that closes it.
pub fn block(text: &str, from: usize) -> Option<&str> {
    let open = from + text.get(from..)?.find('{')?;
    let close = open + closing(&text[open..])?;
    Some(&text[open + 1..close])
}

/// Every function with a body: its name, the line it begins on (from 1) and how many lines it has.
pub fn functions(text: &str) -> Vec<(&str, usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("fn ") {
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let before = text[line_start..at].trim();
        let declared = before.is_empty()
            || before.split_whitespace().all(|word| {
                matches!(word, "async" | "const" | "extern" | "default")
                    || word.starts_with("pub")
                    || word.ends_with(')')
            });
        let name = text[at + 3..]
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        let Some(end) = find_flat(&text[at..], "{").filter(|_| declared && !name.is_empty()) else {
            continue;
        };
        if find_flat(&text[at..at + end], ";").is_some() {
            continue; // a declaration without a body
        }
        let Some(close) = closing(&text[at + end..]) else {
            continue;
        };
        let line = text[..at].matches('\n').count() + 1;
        let lines = text[at..=at + end + close].lines().count();
        found.push((name, line, lines));
    }
    found
}

/// The arms of the first `match` in `body`, as pattern and expression.
pub fn arms(body: &str) -> Vec<(&str, &str)> {
    let Some(inside) = body.find("match ").and_then(|at| block(body, at)) else {
        return Vec::new();
    };
    let mut arms = Vec::new();
    let mut rest = inside;
    while let Some(arrow) = find_flat(rest, "=>") {
        let pattern = rest[..arrow].trim().trim_start_matches(',').trim();
        let after = rest[arrow + 2..].trim_start();
        let end = match after.starts_with('{') {
            true => closing(after).map_or(after.len(), |close| close + 1),
            false => find_flat(after, ",").unwrap_or(after.len()),
        };
        arms.push((pattern, after[..end].trim()));
        rest = &after[end..];
    }
    arms
}

/// The names of variants that a pattern matches: `Self::A { .. } | Other::B(_)` gives `A` and `B`, `_` nothing.
pub fn variants(pattern: &str) -> Vec<&str> {
    let head = |alternative: &str| alternative.find(['(', '{']).unwrap_or(alternative.len());
    split_flat(pattern, '|')
        .into_iter()
        .filter_map(|alternative| {
            let alternative = alternative.trim();
            let path = alternative[..head(alternative)]
                .trim()
                .trim_start_matches('&');
            let name = path.rsplit("::").next()?.trim();
            name.starts_with(char::is_uppercase).then_some(name)
        })
        .collect()
}

/// Every string literal of `text`, unescaped, with the place where it begins.
pub fn literals(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match skip(&text[at..]) {
            Some(length) => {
                if text[at..].starts_with('"') {
                    found.push((at, unescape(&text[at + 1..at + length - 1])));
                }
                at += length;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    found
}

/// The length of the string, character or comment at the start of `text`, if there is one.
fn skip(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with('"') {
        let mut escaped = false;
        for (at, c) in text.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return Some(at + 1),
                _ => {}
            }
        }
        return Some(text.len());
    }
    // A character literal, not a lifetime: 'x' or '\n'.
    let mut chars = text.char_indices();
    if chars.next()?.1 == '\'' {
        let (_, first) = chars.next()?;
        if first == '\\' {
            return text[2..]
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == '\'')
                .map(|(at, _)| at + 3);
        }
        let (at, second) = chars.next()?;
        return (second == '\'').then_some(at + 1);
    }
    None
}

fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            (c, false) => text.push(c),
        }
    }
    text
}

/// The place of the bracket that closes the one `text` begins with.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    walk(text, |at, rest| {
        match rest.chars().next() {
            Some('{' | '(' | '[') => depth += 1,
            Some('}' | ')' | ']') => depth = depth.saturating_sub(1),
            _ => return None,
        }
        (depth == 0).then_some(at)
    })
}

/// The first `wanted` outside brackets.
fn find_flat(text: &str, wanted: &str) -> Option<usize> {
    let mut depth = 0usize;
    walk(text, |at, rest| {
        if depth == 0 && rest.starts_with(wanted) {
            return Some(at);
        }
        match rest.chars().next() {
            Some('{' | '(' | '[') => depth += 1,
            Some('}' | ')' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        None
    })
}

fn split_flat(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find_flat(rest, &separator.to_string()) {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len_utf8()..];
    }
    parts.push(rest);
    parts
}

/// Visits every character that is code; strings, characters and comments are stepped over.
fn walk(text: &str, mut visit: impl FnMut(usize, &str) -> Option<usize>) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        match skip(rest) {
            Some(length) => at += length,
            None => {
                if let Some(found) = visit(at, rest) {
                    return Some(found);
                }
                at += rest.chars().next().map_or(1, char::len_utf8);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_arms_of_a_match() {
        let body = r#"
            use Refusal::*;
            match self {
                Ended => "drill.ended", // said, once
                Self::A { .. } | Self::B(_) => "a.b",
                Gate(refusal) => refusal.code(),
                C { step } => { format!("do {step}, then") }
                D => "last"
            }"#;
        let read: Vec<_> = arms(body)
            .into_iter()
            .map(|(p, e)| (variants(p), e))
            .collect();
        assert_eq!(
            read,
            [
                (vec!["Ended"], "\"drill.ended\""),
                (vec!["A", "B"], "\"a.b\""),
                (vec!["Gate"], "refusal.code()"),
                (vec!["C"], "{ format!(\"do {step}, then\") }"),
                (vec!["D"], "\"last\""),
            ]
        );
    }

    #[test]
    fn functions_are_measured_from_their_name_to_their_last_bracket() {
        let text = "trait T { fn a(&self); }\n\npub(crate) async fn b(x: [u8; 2])\nwhere\n    X: Y,\n{\n    // {\n}\n";
        assert_eq!(functions(text), [("b", 3, 6)]);
        assert_eq!(functions("let fn_ = \"fn c() {\"; f(fn_)"), []);
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let text = "fn x() { // }\n \"}\" ; '}' ; '\\'' ; 'a }";
        assert_eq!(
            block(text, 0).map(str::len),
            Some(text.len() - "fn x() {".len() - 1)
        );
    }

    #[test]
    fn literals_are_unescaped() {
        let found: Vec<String> = literals("f(\"a \\\"b\\\" \\\n      c\", 'x') // \"no\"")
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert_eq!(found, ["a \"b\" c"]);
    }
}
