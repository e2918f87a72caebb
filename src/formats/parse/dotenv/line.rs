//! One line of dotenv text.

/// The characters that end a line. Outside of quotes, a CR alone does so too.
pub const ENDS: [char; 2] = ['\n', '\r'];

/// Returns the first line of a text, without its end.
pub fn first_line(text: &str) -> &str {
    text.split(ENDS).next().unwrap_or_default()
}

/// Returns the line up to its comment: a `#` after whitespace.
pub fn without_comment(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with(char::is_whitespace));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// Whether the rest of the line is blank or a comment.
pub fn is_over(rest: &str) -> bool {
    // Only as far as it must: a line can have a great many quotes.
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() && !ENDS.contains(&c));
    rest.is_empty() || rest.starts_with(['#', '\n', '\r'])
}

/// Splits `NAME = value`, `NAME: value`, and the same after `export`.
pub fn split(line: &str) -> Option<(&str, &str)> {
    let exported = line.strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace));
    exported.and_then(|rest| split_name(rest.trim_start())).or_else(|| split_name(line))
}

fn split_name(line: &str) -> Option<(&str, &str)> {
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let end = line.find(|c| !is_in_name(c)).filter(|end| *end > 0)?;
    let (name, rest) = line.split_at(end);
    let value = match rest.trim_start().strip_prefix('=') {
        Some(value) => value,
        None => rest.strip_prefix(':').filter(|value| value.starts_with([' ', '\t']))?,
    };
    Some((name, value))
}
