//! `delete`, `copy`, `move`, `restore` and `purge` of several names: one change, of all of them or none.

use crate::bench::{Bench, bytes};
use crate::terminal::driver::Terminal;

fn three() -> Bench {
    let bench = Bench::linked();
    for name in ["A", "B", "C"] {
        bench.set(name, "one", &["-p", "web"]);
        bench.set(name, "two", &["-p", "web"]);
    }
    bench
}

fn names(bench: &Bench, scope: &[&str]) -> String {
    bench.etui(["list", "-F", "name"].iter().chain(scope)).ok().text().replace('\n', " ")
}

#[test]
fn each_does_all_of_them_in_one_change() {
    let bench = three();
    bench
        .etui(["delete", "C", "A", "C"])
        .prints("")
        .says("deleted C and A in project web of team acme; undo: `etui restore C A -p web`");
    assert_eq!(names(&bench, &["-p", "web"]), "B ");
    bench.etui(["restore", "C", "A", "-p", "web"]).says("restored C and A in project web of team acme");
    bench.etui(["get", "A"]).prints("two");
    bench.etui(["copy", "A", "B", "--to", "team"]).says("copied A and B from project web to team acme");
    bench
        .etui(["move", "A", "B", "C", "--to", "project:api"])
        .says("moved A, B and C from project web to project api of team acme");
    assert_eq!((names(&bench, &["-g"]), names(&bench, &["-p", "api"])), ("A B ".into(), "A B C ".into()));
    bench.etui(["purge", "A", "B", "-p", "api", "-y"]).says(
        "purged 3 earlier values in project api of team acme\n\
             note: older copies of the vault, such as those in git, still hold them",
    );
}

#[test]
fn one_that_fails_leaves_all_as_they_were() {
    let bench = three();
    bench.set("B", "taken", &["-g"]);
    bench.etui(["env", "set", "USES", "secret:C"]).ok();
    let before = bytes(bench.vault());
    let none = "note: nothing was changed: etui changes all of these names, or none\n";
    for (line, error) in [
        ("delete A NONE", "error: NONE is not set in project web of team acme"),
        (
            "delete A C",
            "error: C in project web of team acme is in use by USES of project web\n \
             hint: `delete` takes `--force`; `rename` and `move` take `--update-references`",
        ),
        ("restore A NONE", "error: NONE is not set in project web of team acme"),
        (
            "copy A B --to team",
            "error: B is already set in team acme\n \
             hint: to give it a new value: `etui update B -g`; or to free the name: `etui delete B -g`",
        ),
        (
            "move A B --to team",
            "error: B is already set in team acme\n \
             hint: to give it a new value: `etui update B -g`; or to free the name: `etui delete B -g`",
        ),
        ("purge -y A NONE", "error: NONE is not set in project web of team acme"),
    ] {
        let outcome = bench.etui(line.split(' '));
        assert_eq!((outcome.text(), outcome.err.trim_end()), ("", format!("{none}{error}").as_str()), "{line}");
        assert!(outcome.code > 2, "{line}");
        assert!(bytes(bench.vault()) == before, "{line}");
    }
    bench.etui(["restore", "A", "B", "--version", "1"]).fails(
        2,
        "error: `--version` is a number of one name's history\n \
         hint: one name at a time: `etui restore A --version 1 -p web`",
    );
    bench
        .etui(["copy", "A", "--to", "team", "--update-references"])
        .fails(2, "error: there is no option `--update-references`\n hint: `etui copy --help`");
}

#[test]
fn one_name_is_one_document_and_several_are_a_list() {
    let bench = three();
    let one = bench.etui(["delete", "A", "-j"]).ok().document();
    assert_eq!(one["name"], "A");
    let several = bench.etui(["delete", "B", "C", "-j"]).ok().document();
    let names: Vec<&str> =
        several["items"].as_array().unwrap().iter().filter_map(|item| item["name"].as_str()).collect();
    assert_eq!(names, ["B", "C"]);
    bench.set("B", "three", &["-p", "web"]);
    let outcome = bench.etui(["restore", "A", "B"]);
    outcome.says("restored A and B in project web of team acme");
}

#[test]
fn a_terminal_asks_once() {
    let bench = three();
    let mut terminal = Terminal::etui(&bench, ["delete", "A", "B"]);
    terminal.sees("Delete A and B in project web? [y/N]").types("y\r");
    assert_eq!(terminal.ends().code, 0);
    assert_eq!(names(&bench, &["-p", "web"]), "C ");
}
