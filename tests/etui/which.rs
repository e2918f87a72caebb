//! `which`: the names that have a value, and never the value.

use crate::bench::Bench;
use crate::terminal::driver::Terminal;

fn held() -> Bench {
    let bench = Bench::linked();
    bench.set("A", "hunter2", &["-p", "web"]);
    bench.set("B", "hunter2", &["-g"]);
    bench.set("B", "changed", &["-g"]);
    bench.set("PEM", "line\nhunter2\n", &["-c", "gpu"]);
    bench.etui(["env", "set", "PLAIN", "hunter2", "-p", "api"]).ok();
    bench.etui(["env", "set", "LITERAL", "--literal", "secret:A", "-p", "api"]).ok();
    bench.etui(["env", "set", "REFERENCE", "secret:A", "-p", "web"]).ok();
    bench
}

#[test]
fn names_the_secrets_and_entries_in_every_section() {
    let bench = held();
    let now = "A\tproject web\tsecret\tcurrent\n";
    let plain = "PLAIN\tproject api\tenv entry\tcurrent\n";
    for input in ["hunter2", "hunter2\n"] {
        bench.piped(input, ["which"]).prints(&format!("{plain}{now}")).says("");
    }
    bench
        .piped("hunter2\n", ["which", "--history"])
        .prints(&format!("B\tteam\tsecret\tversion 1\n{plain}{now}"))
        .says("");
    // A file that was stored as it is, and one whose last newline a shell dropped.
    bench.piped("line\nhunter2\n", ["which"]).prints("PEM\tcluster gpu\tsecret\tcurrent\n");
    bench.piped("line\nhunter2", ["which"]).exits(3, "");
    bench.piped("secret:A", ["which"]).prints("LITERAL\tproject api\tenv entry\tcurrent\n");
    let document = bench.piped("hunter2", ["which", "-j"]).ok().document();
    assert_eq!(
        document["items"][1],
        serde_json::json!({
            "name": "A", "section": {"kind": "project", "id": "web"}, "kind": "secret", "state": "current",
            "version": null,
        })
    );
}

#[test]
fn a_value_that_nothing_has_is_exit_3() {
    let bench = held();
    bench.piped("hunter3", ["which"]).fails(3, "error: no name in team acme has this value");
    bench.set("B", "third", &["-g"]);
    bench
        .piped("changed", ["which"])
        .fails(3, "error: no name in team acme has this value now\n hint: which had it: `etui which --history`");
    bench.piped("hunter3", ["which", "--history"]).fails(3, "error: no name in team acme has this value");
    bench.etui(["which"]).fails(2, "error: no value is given\n hint: pipe it in, or from a file: `etui which < FILE`");
    bench.piped(vec![b'x'; (1 << 20) + 2], ["which"]).fails(2, "error: a value has at most 1 MiB");
}

#[test]
fn an_operand_may_be_the_value_and_is_not_repeated() {
    let bench = held();
    for typed in [&["hunter2"][..], &["-hunter2"], &["--", "hunter2"], &["--history", "hunter2"], &["a", "b"]] {
        bench.etui(["which"].iter().chain(typed)).fails(
            2,
            "error: a value on the command line would stay in the shell's history\n \
             hint: `etui which` asks for it; or pipe it in; or where a name is set: `etui explain NAME`",
        );
    }
}

#[test]
fn a_terminal_asks_for_the_value() {
    let bench = held();
    let mut terminal = Terminal::etui(&bench, ["which"]);
    terminal.asks_hidden("Value: ").types("changed\r");
    terminal.ends().shows(0, "Value: \nNAME  SECTION  KIND    STATE\nB     team     secret  current\n");
}
