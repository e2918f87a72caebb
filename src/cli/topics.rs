//! The longer reference: `etui help TOPIC`, which the manual pages of section 7 hold too.
//!
//! A text begins with its line in the list of topics. A heading is a line in capitals, and examples are indented.

/// The topics, each with its text.
pub const TOPICS: &[(&str, &str)] = &[
    ("trust", include_str!("topics/trust.txt")),
    ("formats", include_str!("topics/formats.txt")),
    ("ci", include_str!("topics/ci.txt")),
    ("recovery", include_str!("topics/recovery.txt")),
    ("git", include_str!("topics/git.txt")),
];

/// Returns the text of a topic.
pub fn text(topic: &str) -> Option<&'static str> {
    TOPICS.iter().find(|(name, _)| *name == topic).map(|(_, text)| *text)
}

/// Returns the first line of a topic's text: what the topic is about.
pub fn about(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// Every command of etui in a topic: in an example, or in backticks, which may stand on two lines. With each,
    /// whether it is an example, to be typed as it is.
    fn commands(text: &str) -> Vec<(bool, String)> {
        let is_example = |line: &&str| line.starts_with("  ") && !line.contains('`');
        let prose: Vec<&str> = text.lines().filter(|line| !is_example(line)).map(str::trim).collect();
        let prose = prose.join(" ");
        let quoted = prose.split('`').skip(1).step_by(2).map(|line| (false, line));
        let examples = text.lines().filter(is_example).map(|line| (true, line));
        let lines = examples.chain(quoted).filter_map(|(is_example, line)| {
            let at = line.find("etui ").filter(|at| *at == 0 || line[..*at].ends_with([' ', '(']))?;
            let line = &line[at..];
            // A comment stands two spaces behind the command; other programs follow or take the output.
            let ends = ["  ", " |", " >", ")\"", ";"];
            let end = ends.iter().filter_map(|end| line.find(end)).min().unwrap_or(line.len());
            Some((is_example, line[..end].to_owned()))
        });
        lines.collect()
    }

    /// The lines that `etui secret create|get NAME` stands for.
    fn alternatives(command: &str) -> Vec<String> {
        let Some(word) = command.split(' ').find(|word| word.contains('|')) else { return vec![command.to_owned()] };
        word.split('|').map(|one| command.replace(word, one)).collect()
    }

    /// The words of a command, one of which may stand in single quotes.
    fn words(command: &str) -> Vec<&str> {
        let parts = command.split('\'').enumerate();
        let words = |(at, part)| if at % 2 == 1 { vec![part] } else { str::split_whitespace(part).collect() };
        parts.flat_map(words).collect()
    }

    #[test]
    fn every_command_in_a_topic_can_be_typed() {
        let mut grammar = Cli::command();
        grammar.build();
        let mut count = 0;
        for (topic, text) in TOPICS {
            for (is_example, command) in commands(text) {
                for command in alternatives(&command) {
                    let words = words(&command);
                    let is_topic = matches!(words[..], ["etui", "help", topic] if super::text(topic).is_some());
                    // In a sentence, the name of a command is enough.
                    let finds =
                        |words: &[&str]| words.iter().try_fold(&grammar, |above, word| above.find_subcommand(word));
                    let is_name = !is_example && finds(&words[1..]).is_some();
                    let asks_help = words[2..] == ["--help"] && finds(&words[1..2]).is_some();
                    let parsed = Cli::command().try_get_matches_from(&words);
                    let is_line = parsed.is_ok_and(|matches| matches.subcommand_name().is_some());
                    let is_built = cfg!(feature = "ui") || words[1] != "ui";
                    assert!(is_topic || is_name || asks_help || is_line || !is_built, "{topic}: {command}");
                }
                count += 1;
            }
        }
        assert!(count > 100, "{count} commands were found");
    }

    #[test]
    fn each_topic_fits_a_terminal() {
        let mut size = 0;
        for (topic, text) in TOPICS {
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(79), "{topic} has {widest:?} columns");
            assert!(text.ends_with(".\n") || *topic == "formats", "{topic}");
            assert!(about(text).len() < 68 && text.split('\n').nth(1) == Some(""), "{topic}");
            size += text.len();
        }
        assert!(size < 35_000, "{size} bytes");
    }
}
