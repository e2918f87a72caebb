//! What somebody types in the first week, and what answers it.

use std::fs;

use crate::bench::Bench;

#[test]
fn only_a_near_and_visible_word_is_suggested() {
    let bench = Bench::new();
    for word in ["clipbord", "leadr"] {
        let outcome = bench.etui([word]);
        assert!(!outcome.err.contains("clipboard") && !outcome.err.contains("leader"), "{}", outcome.err);
    }
    for word in ["source", "teams", "profile"] {
        let outcome = bench.etui([word]);
        assert!(!outcome.err.contains("did you mean"), "{}", outcome.err);
    }
    bench.etui(["reslove"]).fails(2, "error: there is no command `reslove`\n hint: did you mean `resolve`?");
}

#[test]
fn a_command_without_its_operands_names_its_own_help() {
    let bench = Bench::linked();
    for (line, help) in [("rm", "delete"), ("mv", "rename"), ("exec", "run"), ("env set", "env set")] {
        let outcome = bench.etui(line.split(' '));
        assert!(outcome.err.ends_with(&format!(" hint: `etui {help} --help`\n")), "{}", outcome.err);
    }
    let missing = "error: <VALUE> is missing\n hint: `etui env set --help`";
    bench.etui(["env", "set", "LOG_LEVEL"]).fails(2, missing);
    let join = "hint: the new member runs `etui join`, which prints the line to type here";
    bench.etui(["member", "add", "bob"]).fails(2, &format!("error: <CARD>... is missing\n {join}"));
}

#[test]
fn an_env_entry_may_be_typed_as_an_assignment() {
    let bench = Bench::linked();
    bench.etui(["env", "set", "LOG_LEVEL=debug=1", "-p", "web"]).ok();
    bench.etui(["get", "LOG_LEVEL"]).prints("debug=1");
}

#[test]
fn an_unexpected_argument_is_placed_and_not_repeated() {
    let bench = Bench::linked();
    let env = bench.etui(["env", "set", "A", "s3cr3t", "more"]);
    env.fails(2, "error: unexpected argument: word 5 after `etui`\n hint: `etui env set --help`");
    bench.etui(["status", "s3cr3t"]).fails(2, "error: unexpected argument after `status`\n hint: `etui status --help`");
}

#[test]
fn a_command_line_in_one_word_is_answered_with_how_to_type_it() {
    let bench = Bench::linked();
    bench.etui(["run", "no-such server.js"]).fails(
        127,
        "error: no-such server.js: command not found\n \
         hint: the program and its arguments are separate words: `etui run -- no-such server.js`; \
         or for a shell: `etui run -- sh -c 'no-such server.js'`",
    );
}

#[test]
fn an_expiry_without_a_value_keeps_the_value() {
    let bench = Bench::linked();
    bench.set("A", "1", &["-p", "web"]);
    let outcome = bench.piped("", ["set", "A", "--expires", "30d"]);
    let hint = "error: no value for A\n hint: to keep its value: `etui update A --expires 30d -p web`; or ";
    assert!(outcome.code == 2 && outcome.err.starts_with(hint), "{}", outcome.err);
    let outcome = bench.piped("", ["set", "B", "--expires", "30d"]);
    assert!(!outcome.err.contains("update"), "{}", outcome.err);
}

#[test]
fn an_example_may_list_names_alone() {
    let bench = Bench::linked();
    fs::write(bench.work().join(".env.example"), "A\nB= \nMIIEvQ\n# C\n").unwrap();
    let outcome = bench.etui(["check"]);
    assert_eq!((outcome.code, outcome.text()), (1, "B\nA\n"));
}
