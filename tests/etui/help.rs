//! The help, and the message for an unknown command.

use crate::bench::Bench;

#[test]
fn without_arguments_prints_the_context_and_the_help() {
    let bench = Bench::linked();
    let help = bench.etui(["--help"]).ok().says("").text().to_owned();
    bench.etui(["--help"]).prints(&help);
    bench.etui([""; 0]).prints(&format!("team acme · project web · cluster gpu · unlocked\n\n{help}")).says("");
    bench.etui(["--no-link"]).prints(&help);
    Bench::new().etui([""; 0]).prints(&help).says("");
    for heading in ["Start:", "Use:", "Change:", "Look back:"] {
        assert!(help.contains(&format!("\n{heading}\n")), "{help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
}

#[test]
fn help_is_also_a_command() {
    let bench = Bench::new();
    let help = bench.etui(["--help"]).ok().text().to_owned();
    bench.etui(["help"]).prints(&help);
    let set = bench.etui(["set", "--help"]).ok().text().to_owned();
    bench.etui(["help", "set"]).prints(&set);
}

#[test]
fn the_help_of_a_command_begins_with_its_line_in_the_list() {
    let bench = Bench::new();
    let help = bench.etui(["--help"]).ok().text().to_owned();
    let listed = help.lines().filter_map(|line| line.strip_prefix("  "));
    let listed = listed.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let commands: Vec<(&str, &str)> = listed.map(|line| line.split_once(' ').unwrap()).collect();
    assert!(commands.len() > 30, "{commands:?}");
    let wrong: Vec<String> = commands
        .iter()
        .filter_map(|(name, about)| {
            let own = bench.etui([name, "--help"]).ok().text().lines().next()?.to_owned();
            (own != about.trim()).then(|| format!("{name}: {own}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_help_of_a_command_lists_its_arguments_under_arguments() {
    let bench = Bench::new();
    for (command, argument) in [(&["run"][..], "<COMMAND>..."), (&["secret", "create"], "[VALUE]")] {
        let help = bench.etui(command.iter().chain(&["--help"])).ok().text().to_owned();
        let arguments = help.split("\n\n").find(|part| part.starts_with("Arguments:")).unwrap_or_default();
        assert!(arguments.contains(argument), "{help}");
    }
}

#[test]
fn the_version_is_one_line() {
    let version = format!("etui {}\n", env!("CARGO_PKG_VERSION"));
    for option in ["--version", "-V"] {
        Bench::new().etui([option]).prints(&version).says("");
    }
}

#[test]
fn an_unknown_command_gets_a_suggestion_in_two_lines() {
    let bench = Bench::new();
    let ran = bench.etui(["reslove"]);
    assert_eq!((ran.code, ran.text()), (2, ""));
    assert!(ran.err.contains("resolve"), "{}", ran.err);
    assert!(ran.err.lines().count() <= 2, "{}", ran.err);
}
