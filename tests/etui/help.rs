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
    let headings = ["Every day:", "Start:", "Change:", "Find and look back:", "Topics, for `etui help TOPIC`:"];
    for heading in headings {
        assert!(help.contains(&format!("\n{heading}\n")), "{help}");
    }
    // The ten commands of every day come first.
    let first: Vec<&str> = help.split("\n\n").nth(2).unwrap().lines().skip(1).collect();
    assert_eq!(first.len(), 10, "{help}");
    assert!(first[0].starts_with("  set "), "{help}");
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
fn a_topic_of_the_help_is_a_page_of_reference() {
    let bench = Bench::new();
    for topic in ["trust", "formats", "ci", "recovery", "git"] {
        let page = bench.etui(["help", topic]).ok().says("").text().to_owned();
        let about = page.lines().next().unwrap();
        assert!(bench.etui(["--help"]).text().contains(&format!("\n  {topic:<12}{about}\n")), "{about}");
        bench.etui(["-t", "acme", "help", topic, "--no-input"]).prints(&page);
    }
    // Commands of the same name keep their own help.
    let about = "Show how the vault differs from what this machine knows, and accept it\n";
    assert!(bench.etui(["trust", "--help"]).ok().text().starts_with(about));
    assert!(bench.etui(["help", "git", "install"]).ok().text().starts_with("Set up this clone"));
}

#[test]
fn an_unknown_topic_is_answered_with_those_that_exist() {
    let bench = Bench::new();
    let hint = "the topics are trust, formats, ci, recovery and git; the commands: `etui help`";
    bench.etui(["help", "foo"]).fails(2, &format!("error: there is no command and no topic `foo`\n hint: {hint}"));
    let near = "error: there is no command and no topic `formts`\n hint: did you mean `etui help formats`?";
    bench.etui(["help", "formts"]).fails(2, near);
    bench
        .etui(["help", "reslove"])
        .fails(2, "error: there is no command and no topic `reslove`\n hint: did you mean `etui help resolve`?");
}

#[test]
fn the_help_of_a_command_begins_with_its_line_in_the_list() {
    let bench = Bench::new();
    let help = bench.etui(["--help"]).ok().text().to_owned();
    let listed = help.lines().take_while(|line| !line.starts_with("Topics")).filter_map(|line| line.strip_prefix("  "));
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
fn projects_and_clusters_are_named_in_their_help() {
    let bench = Bench::new();
    for kind in ["project", "cluster"] {
        for verb in ["list", "create", "rename", "delete"] {
            let help = bench.etui([kind, verb, "--help"]).ok().text().to_owned();
            assert!(!help.contains("section") && help.contains(&format!("  etui {kind} {verb}")), "{help}");
        }
    }
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
    let outcome = bench.etui(["reslove"]);
    assert_eq!((outcome.code, outcome.text()), (2, ""));
    assert!(outcome.err.contains("resolve"), "{}", outcome.err);
    assert!(outcome.err.lines().count() <= 2, "{}", outcome.err);
}

#[test]
fn a_value_that_an_option_does_not_take_is_answered_with_those_it_takes() {
    let bench = Bench::linked();
    for (arguments, message) in [
        (
            &["generate", "A", "--chars", "foo"][..],
            "`foo` is not a valid value for `--chars`: use alnum, ascii, hex or base64url",
        ),
        (
            &["list", "--order-by", "expires"],
            "`expires` is not a valid value for `--order-by`: use name, created or updated",
        ),
        (
            &["secret", "list", "--orderBy", "expires"],
            "`expires` is not a valid value for `--orderBy`: use dtCreated, dtModified or name",
        ),
        (&["import", "-", "--format", "toml"], "`toml` is not a valid value for `--format`: use dotenv, json or yaml"),
        (&["generate", "A", "--length", "0"], "`0` is not a valid value for `--length`: 0 is not in 1..=65536"),
        (&["generate", "A", "--length", "x"], "`x` is not a valid value for `--length`: use a whole number"),
        (&["generate", "A", "--chars"], "`--chars` needs a value: use alnum, ascii, hex or base64url"),
    ] {
        let help = if arguments[0] == "secret" { "secret list" } else { arguments[0] };
        bench.etui(arguments).fails(2, &format!("error: {message}\n hint: `etui {help} --help`"));
    }
}

#[test]
fn a_word_in_the_place_of_an_operand_may_be_a_value_and_is_not_repeated() {
    let bench = Bench::linked();
    bench.etui(["secrets", "set", "s3cr3t-p4ss"]).fails(
        2,
        "error: this is not a valid value for [ENTITY]: use team, project or cluster\n hint: `etui secrets set --help`",
    );
    bench
        .etui(["get", "A", "s3cr3t-p4ss"])
        .fails(2, "error: unexpected argument after `get A`\n hint: `etui get --help`");
    for verb in ["delete", "list", "history"] {
        let outcome = bench.etui([verb, "A", "s3cr3t-p4ss"]);
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{verb}");
        assert!(!outcome.err.contains("s3cr3t"), "{}", outcome.err);
    }
}

#[test]
fn an_option_before_its_command_gets_a_hint_where_it_goes() {
    let bench = Bench::acme();
    bench.etui(["-p", "web", "run", "true"]).fails(2, "error: `-p` goes after the command\n hint: `etui run -p web …`");
    bench
        .etui(["--cluster=gpu", "list"])
        .fails(2, "error: `--cluster` goes after the command\n hint: `etui list --cluster gpu`");
    bench.etui(["-F", "name", "list"]).fails(2, "error: `-F` goes after the command\n hint: `etui list -F …`");
    bench.etui(["-Q", "list"]).fails(2, "error: there is no option `-Q`\n hint: `etui list --help`");
    bench.etui(["list", "-Q", "-g"]).fails(2, "error: there is no option `-Q`\n hint: `etui list --help`");
}

#[test]
fn a_command_without_its_subcommand_lists_them() {
    Bench::new().etui(["project"]).fails(
        2,
        "error: `etui project` needs a subcommand: list, create, rename, delete, close, open, restore\n hint: `etui project --help`",
    );
}

#[test]
fn the_help_of_a_command_lists_the_options_of_every_command_and_ends_with_examples() {
    let bench = Bench::new();
    let help = bench.etui(["delete", "--help"]).ok().text().to_owned();
    assert!(help.contains("\n  -t, --team <TEAM>"), "{help}");
    let examples = "Examples:\n  etui delete OLD_TOKEN\n  etui delete OLD_TOKEN OLD_KEY -p web\n  etui delete DATABASE_URL -p web --force\n";
    assert!(help.ends_with(examples), "{help}");
}
