//! What was probably meant by what was typed.

/// What was probably meant: the known text that takes the fewest slips of the finger, at most one for
/// three letters; or one that begins with what was typed.
pub fn nearest<'a, T>(typed: &str, known: impl IntoIterator<Item = (&'a str, T)>) -> Option<T> {
    let typed = typed.to_lowercase();
    let slips = |(text, item): (&str, T)| {
        let text = text.to_lowercase();
        let is_begun = typed.len() >= 3 && text.starts_with(&typed);
        (if is_begun { 1 } else { strsim::osa_distance(&typed, &text) }, item)
    };
    let best = known.into_iter().map(slips).min_by_key(|(slips, _)| *slips)?;
    (best.0 <= typed.chars().count().div_ceil(3)).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn knows_what_was_meant_and_when_nothing_was() {
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
