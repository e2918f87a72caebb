//! "Did you mean": the known name nearest to a mistyped one.

/// Finds the known text nearest to what was typed, ignoring case.
///
/// A text counts as near if it begins with what was typed (three characters or more), or if it takes at most
/// one edit for every three characters typed. Of several, the one with the fewest edits is returned.
pub fn nearest<'a, T>(typed: &str, known: impl IntoIterator<Item = (&'a str, T)>) -> Option<T> {
    let typed = typed.to_lowercase();
    let distance = |text: &str| {
        let text = text.to_lowercase();
        let is_start = typed.len() >= 3 && text.starts_with(&typed);
        if is_start { 1 } else { strsim::osa_distance(&typed, &text) }
    };

    let distances = known.into_iter().map(|(text, item)| (distance(text), item));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= typed.chars().count().div_ceil(3)).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_name_that_was_meant_or_none() {
        let known = ["DATABASE_URL", "STRIPE_KEY", "web", "gpu"];
        for (typed, meant) in [
            ("DATABSE_URL", Some("DATABASE_URL")),
            ("database_url", Some("DATABASE_URL")),
            ("DATABASE", Some("DATABASE_URL")),
            ("wbe", Some("web")),
            ("we", Some("web")),
            ("api", None),
            ("REDIS_URL", None),
        ] {
            assert_eq!(nearest(typed, known.map(|name| (name, name))), meant, "{typed}");
        }
    }
}
