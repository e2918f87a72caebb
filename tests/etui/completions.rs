//! Shell completion of commands, options and names, also in real shells when a person presses Tab.

use std::process::Command;

use crate::bench::Bench;
use crate::terminal::driver::Terminal;

/// A vault with names in each section.
fn names() -> Bench {
    let bench = Bench::linked();
    bench.set("ALPHA", "value of alpha", &["-p", "web"]);
    bench.set("BETA", "value of beta", &["-p", "web"]);
    bench.set("API_KEY", "value of api", &["-p", "api"]);
    bench.set("SHARED", "value of shared", &["-g"]);
    bench.etui(["env", "set", "VAR", "secret:ALPHA"]).ok();
    bench
}

/// The completions that bash gets for the last word.
fn completions(bench: &Bench, variables: &[(&str, &str)], line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let cursor = (words.len() - 1).to_string();
    let all =
        [&[("ETUI_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", &cursor), ("_CLAP_IFS", "\n")], variables].concat();
    let outcome = bench.with(&all, ["--"].iter().chain(&words)).ok().says("");
    outcome.text().lines().map(str::to_owned).collect()
}

#[track_caller]
fn completes(bench: &Bench, line: &str, expected: &[&str]) {
    let mut words = completions(bench, &[], line);
    if line.ends_with(' ') {
        words.retain(|word| !word.starts_with('-'));
    }
    assert_eq!(words, expected, "{line}");
}

#[test]
fn completes_commands_options_and_their_values() {
    let bench = names();
    completes(&bench, "etui pro", &["project"]);
    completes(&bench, "etui ru", &["run"]);
    completes(&bench, "etui key ne", &["new"]);
    completes(&bench, "etui set X --no", &["--note"]);
    completes(&bench, "etui resolve --format po", &["powershell"]);
    completes(&bench, "etui --te", &["--team"]);
    completes(&bench, "etui help rec", &["recovery"]);
    completes(&bench, "etui help tru", &["trust"]);
    completes(&bench, "etui help resol", &["resolve"]);
    let all = completions(&bench, &[], "etui ");
    assert!(all.contains(&"run".to_owned()) && !all.contains(&"exec".to_owned()), "{all:?}");
}

#[test]
fn completes_the_names_that_the_command_would_find() {
    let bench = names();
    for (line, expected) in [
        ("etui set ", &["ALPHA", "BETA"][..]),
        ("etui set -p api ", &["API_KEY"]),
        ("etui rm -g ", &["SHARED"]),
        ("etui log ", &["ALPHA", "API_KEY", "BETA", "SHARED", "VAR"]),
        ("etui mv ALPHA ", &[]),
        ("etui create ", &[]),
        ("etui get ", &["ALPHA", "BETA", "SHARED", "VAR"]),
        ("etui get -p api A", &["API_KEY"]),
        ("etui run --only ALPHA,B", &["ALPHA,BETA"]),
        ("etui env delete ", &["VAR"]),
        ("etui use S", &["SHARED"]),
        ("etui secret get A", &["ALPHA"]),
        ("etui set X -p ", &["api", "web"]),
        ("etui set X --project=a", &["--project=api"]),
        ("etui resolve -c ", &["gpu"]),
        ("etui list ", &["ALPHA", "BETA"]),
        ("etui delete ALPHA ", &["ALPHA", "BETA"]),
        ("etui compare ", &["team", "cluster/gpu", "project/api", "project/web"]),
        ("etui compare team p", &["project/api", "project/web"]),
        ("etui move ALPHA --to p", &["project/api", "project/web"]),
        ("etui project delete ", &["api", "web"]),
        ("etui project create ", &[]),
        ("etui member remove ", &["alice"]),
        ("etui member add ", &[]),
        ("etui -t ", &["acme"]),
        ("etui init ", &[]),
        ("etui --no-link get ", &["SHARED"]),
        ("etui resolve --name ", &[]),
    ] {
        completes(&bench, line, expected);
    }
}

#[test]
fn completes_programs_and_then_files_after_run() {
    let bench = names();
    std::fs::write(bench.work().join("page.txt"), "").unwrap();
    completes(&bench, "etui run -- mkdi", &["mkdir"]);
    completes(&bench, "etui run -- cat pa", &["page.txt"]);
    completes(&bench, "etui run -- cat -n pa", &["page.txt"]);
}

#[test]
fn completion_never_prompts_and_never_writes_pins() {
    let bench = names();
    let get = |variables: &[(&str, &str)]| completions(&bench, variables, "etui get A");
    assert_eq!(get(&[]), ["ALPHA"]);
    // A command that prints the key might prompt, so it is not run.
    let marker = bench.work().join("ran");
    let command = format!("touch '{}'; cat '{}'", marker.display(), bench.key().display());
    assert_eq!(get(&[("ETUI_KEY_COMMAND", &command)]), [""; 0]);
    assert!(!marker.exists());
    // A link that was not accepted, and a vault that this machine does not know.
    std::fs::write(bench.work().join(".etui.toml"), "team = \"acme\"\nproject = \"api\"\n").unwrap();
    assert_eq!(get(&[]), [""; 0]);
    assert_eq!(completions(&bench, &[], "etui --no-link get -p web A"), ["ALPHA"]);
    std::fs::remove_dir_all(bench.home().join("state")).unwrap();
    assert_eq!(completions(&bench, &[], "etui --no-link get -p web A"), [""; 0]);
    assert!(!bench.home().join("state/trust.toml").exists());
    // No key.
    std::fs::remove_file(bench.key()).unwrap();
    assert_eq!(completions(&bench, &[], "etui --no-link get -p web A"), [""; 0]);
}

#[test]
fn an_invalid_completion_request_gets_an_empty_answer() {
    let bench = names();
    bench.with(&[("ETUI_COMPLETE", "tcsh")], ["--", "etui", "get", ""]).prints("").says("");
    bench.with(&[("ETUI_COMPLETE", "bash")], [""; 0]).prints("").says("");
    bench.with(&[("ETUI_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", "77")], ["--", "etui", "get"]).prints("").says("");
    bench.with(&[("ETUI_COMPLETE", "fish")], ["--", "etui", "set", "X", "--value", ""]).prints("").says("");
}

/// Presses Tab in a shell; the commands work only if the words are completed.
fn tab(program: &str, options: &[&str], setup: &str) {
    let bench = names();
    let mut shell = Command::new(program);
    bench.as_user(shell.args(options)).env("TERM", "dumb");
    let here = std::path::Path::new(env!("CARGO_BIN_EXE_etui")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    shell.env("PATH", format!("{}:{path}", here.display()));
    let mut terminal = Terminal::script("\"$@\"", &shell);
    terminal.types(&format!("{setup}; echo rea''dy\r")).sees("ready\r");
    terminal.types("etui get AL\t").sees("PHA").types("\r").sees("value of alpha");
    terminal.types("etui get --exa\t").sees("ct").types("-p api AP\t").sees("I_KEY").types("\r").sees("value of api");
    terminal.types("exit\r");
    assert_eq!(terminal.ends().code, 0);
}

#[test]
#[ignore = "needs bash"]
fn bash_completes() {
    tab("bash", &["--norc", "--noprofile", "-i"], "source <(etui completions bash)");
}

#[test]
#[ignore = "needs zsh"]
fn zsh_completes() {
    tab("zsh", &["-f", "-i"], "autoload -U compinit; compinit -u -D; source <(etui completions zsh)");
}

#[test]
#[ignore = "needs zsh"]
fn zsh_completes_from_its_function_path() {
    let setup =
        "mkdir site; etui completions zsh >site/_etui; fpath=($PWD/site $fpath); autoload -U compinit; compinit -u -D";
    tab("zsh", &["-f", "-i"], setup);
}

#[test]
#[ignore = "needs fish"]
fn fish_completes() {
    tab("fish", &["--no-config", "-i"], "etui completions fish | source");
}

#[test]
fn powershell_gets_a_registration_script() {
    let script = Bench::new().etui(["completions", "powershell"]).ok();
    assert!(script.text().contains("Register-ArgumentCompleter -Native -CommandName etui"), "{}", script.text());
    let words = names().with(&[("ETUI_COMPLETE", "powershell")], ["--", "etui", "get", "AL"]);
    words.prints("ALPHA\n").says("");
}
