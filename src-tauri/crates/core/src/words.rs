//! How the drill's texts join words: lists, plurals, and names made of Azure's and the runbook's identifiers.
//!
//! One place for the signed sentence, the window and the report, so that all of them say the same.

/// Returns `a, b and c`.
pub fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Returns `1 thing`, `2 things`, `2 entries` or `2 addresses`.
pub fn plural(count: usize, one: &str) -> String {
    if count == 1 {
        return format!("1 {one}");
    }
    // `piece of evidence`: the first word counts.
    let (word, rest) = match one.split_once(" of ") {
        Some((word, rest)) => (word, format!(" of {rest}")),
        None => (one, String::new()),
    };
    let many = match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if word.ends_with('s') => format!("{word}es"),
        _ => format!("{word}s"),
    };
    format!("{count} {many}{rest}")
}

/// Returns `recovery point time` for `properties.recoveryPointTime`.
pub fn heading(query: &str) -> String {
    let name = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let last = query
        .split(name)
        .rfind(|part| part.chars().any(|c| c.is_ascii_alphabetic()));
    let mut text = String::new();
    let mut small = false;
    for letter in last.unwrap_or(query).chars() {
        // A word begins where a capital follows a small letter: `IPAddress` stays in one piece.
        if letter == '_' || (letter.is_ascii_uppercase() && small) {
            text.push(' ');
        }
        small = letter.is_ascii_lowercase();
        text.extend(letter.to_lowercase().filter(|letter| *letter != '_'));
    }
    sentence_case(&text)
}

/// Returns the text with a capital at its start.
pub fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Returns the text with a small letter at its start; a word in capitals stays.
pub fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// Returns the last name of an ARM id.
pub fn short_id(id: &str) -> String {
    id.rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or(id)
        .to_owned()
}

/// Returns `virtual machine` for `Microsoft.Compute/virtualMachines`.
pub fn type_label(type_name: &str) -> String {
    let last = heading(&type_name.replace('/', "."))
        .to_lowercase()
        .replace("ipaddress", "IP address");
    let stem = |end: &str| last.strip_suffix(end);
    match (stem("ies"), stem("sses"), stem("s")) {
        (Some(stem), ..) => format!("{stem}y"),
        (_, Some(stem), _) => format!("{stem}ss"),
        (_, _, Some(stem)) => stem.to_owned(),
        _ => last,
    }
}

/// Counts things by their type: `4 disks, 1 storage account and 2 resource groups`.
pub fn by_type<'a>(types: impl Iterator<Item = &'a str>) -> String {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for label in types.map(type_label) {
        match counted.iter_mut().find(|(known, _)| *known == label) {
            Some((_, count)) => *count += 1,
            None => counted.push((label, 1)),
        }
    }
    let parts: Vec<String> = counted
        .into_iter()
        .map(|(label, count)| plural(count, &label))
        .collect();
    list(&parts, "and")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_become_headings() {
        assert_eq!(
            heading("properties.recoveryPointTime"),
            "Recovery point time"
        );
        assert_eq!(
            heading("properties.recoveryPointTierDetails[].type"),
            "Type"
        );
        assert_eq!(heading("name"), "Name");
    }

    #[test]
    fn types_become_words() {
        assert_eq!(
            type_label("Microsoft.Compute/virtualMachines"),
            "virtual machine"
        );
        assert_eq!(
            type_label("Microsoft.Network/publicIPAddresses"),
            "public IP address"
        );
        assert_eq!(type_label("Microsoft.Compute/disks"), "disk");
    }

    #[test]
    fn many_things_have_their_plural() {
        assert_eq!(plural(1, "entry"), "1 entry");
        assert_eq!(plural(2, "entry"), "2 entries");
        assert_eq!(plural(2, "public IP address"), "2 public IP addresses");
        assert_eq!(plural(3, "piece of evidence"), "3 pieces of evidence");
        assert_eq!(plural(0, "day"), "0 days");
    }

    #[test]
    fn lists_read_like_sentences() {
        let words = |n: usize| {
            ["a", "b", "c"]
                .iter()
                .take(n)
                .map(|w| (*w).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(list(&words(1), "and"), "a");
        assert_eq!(list(&words(3), "or"), "a, b or c");
    }

    #[test]
    fn things_are_counted_by_what_they_are() {
        let types = [
            "Microsoft.Compute/disks",
            "microsoft.compute/disks",
            "Microsoft.Storage/storageAccounts",
            "Microsoft.Resources/resourceGroups",
        ];
        assert_eq!(
            by_type(types.into_iter()),
            "2 disks, 1 storage account and 1 resource group"
        );
    }
}
