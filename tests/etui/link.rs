//! `link`, `unlink` and `status`.

use std::fs;

use crate::bench::Bench;
use crate::terminal::driver::Terminal;

#[test]
fn writes_shows_and_removes_a_link() {
    let bench = Bench::acme();
    let (work, path) = (bench.work().display().to_string(), bench.work().join(".etui.toml"));
    bench
        .etui(["link"])
        .prints("")
        .says("note: no link in this directory or above; to write one: `etui link -t TEAM -p PROJECT`");
    bench
        .etui(["link", "-p", "web", "-c", "gpu"])
        .prints("")
        .says(&format!("linked {work} to team acme, project web, cluster gpu"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "team = \"acme\"\nproject = \"web\"\ncluster = \"gpu\"\n");
    bench.etui(["link"]).prints(&format!("{}: team acme, project web, cluster gpu\n", path.display())).says("");
    assert_eq!(
        bench.etui(["link", "-j"]).ok().document(),
        serde_json::json!({"link": path, "team": "acme", "project": "web", "cluster": "gpu", "vault": null, "redact": false})
    );
    // Options that are not given keep their values.
    bench.etui(["link", "-p", "api"]).ok();
    assert_eq!(fs::read_to_string(&path).unwrap(), "team = \"acme\"\nproject = \"api\"\ncluster = \"gpu\"\n");
    bench.etui(["unlink"]).prints("").says(&format!("removed {}", path.display()));
    assert!(!path.exists());
    bench.etui(["unlink"]).prints("").says("note: no link in this directory or above");
}

#[test]
fn a_missing_section_is_an_error_or_created_on_request() {
    let bench = Bench::acme();
    bench.etui(["link", "-p", "webb"]).fails(
        3,
        "error: no project webb in team acme\n \
             hint: did you mean web? to create it: `etui project create webb`",
    );
    assert!(!bench.work().join(".etui.toml").exists());
    bench.etui(["link", "-p", "docs", "-c", "tpu", "--create"]).ok().says(&format!(
        "created project docs in team acme\ncreated cluster tpu in team acme\n\
         linked {} to team acme, project docs, cluster tpu",
        bench.work().display()
    ));
    bench.etui(["status"]).prints("team acme · project docs · cluster tpu · unlocked\n");
}

#[test]
fn a_link_to_another_team_drops_the_old_project_and_cluster() {
    let bench = Bench::linked();
    bench.etui(["init", "umbrella"]).ok();
    bench.etui(["link", "-t", "umbrella"]).ok();
    assert_eq!(fs::read_to_string(bench.work().join(".etui.toml")).unwrap(), "team = \"umbrella\"\n");
}

#[test]
fn a_link_names_no_vault_outside_its_directory() {
    let bench = Bench::acme();
    let link = bench.work().join(".etui.toml");
    for vault in ["../home/acme.age", "/etc/passwd"] {
        fs::write(&link, format!("team = \"acme\"\nvault = \"{vault}\"\n")).unwrap();
        bench.etui(["status"]).fails(
            2,
            &format!(
                "error: {} names a vault that is not below it: {vault}\n \
                 hint: put the link above its vault, or name the vault each time: `--vault FILE`",
                link.display()
            ),
        );
    }
}

#[test]
fn status_is_one_line_and_opens_nothing() {
    let bench = Bench::linked();
    bench
        .etui(["status"])
        .prints("team acme · project web · cluster gpu · unlocked\n")
        .says(&format!("vault: {}\nkey: it opens this vault; you are alice, a writer", bench.vault().display()));
    bench.etui(["status", "-p", "api"]).prints("team acme · project api · cluster gpu · unlocked\n");
    bench.etui(["status", "-g"]).prints("team acme · unlocked\n");
    fs::write(bench.vault(), "junk").unwrap();
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · unlocked\n");
    fs::remove_file(bench.key()).unwrap();
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · no key\n");
    fs::remove_file(bench.vault()).unwrap();
    assert_eq!(bench.etui(["status"]).code, 3);
}

// A link that names a team and no project: commands that read use the team, those that change ask.

/// A machine whose working directory is linked to team acme alone.
fn team_linked(text: &str) -> Bench {
    let bench = Bench::acme();
    bench.set("A", "team", &["-g"]);
    bench.set("G", "cluster", &["-c", "gpu"]);
    fs::write(bench.work().join(".etui.toml"), text).unwrap();
    bench.etui(["link", "--accept"]).ok();
    bench
}

#[test]
fn commands_that_read_use_the_team_where_the_link_names_no_project() {
    let bench = team_linked("team = \"acme\"\n");
    bench.etui(["env", "set", "E", "secret:A", "-g"]).ok();
    for line in [
        "list",
        "list -j",
        "list --effective",
        "list --limit 1",
        "history A",
        "history A -j",
        "env list",
        "env list -j",
        "secret list",
        "secret list -j",
        "secret get A",
        "get A",
        "get A --exact",
        "explain",
        "resolve",
    ] {
        let words = || line.split(' ');
        let team = bench.etui(words().chain(["-g"])).ok();
        bench.etui(words()).ok().prints(team.text()).says("");
    }
    // Without any link, and with one that was not accepted, nothing says which section.
    let no_section = "error: no section: neither an option nor a link names one\n \
                      hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; \
                      or once for this directory: `etui link -p PROJECT`";
    bench.etui(["list", "--no-link"]).fails(2, no_section);
    fs::write(bench.work().join(".etui.toml"), "team = \"acme\"\n# other\n").unwrap();
    for line in ["list", "list -t acme", "history A -t acme", "env list -t acme"] {
        let outcome = bench.etui(line.split(' '));
        assert!(outcome.code == 2 && outcome.err.contains("has not been accepted"), "{line}: {outcome:?}");
    }
}

#[test]
fn a_linked_cluster_alone_is_noted_beside_the_team() {
    let bench = team_linked("team = \"acme\"\ncluster = \"gpu\"\n");
    bench
        .etui(["list", "-F", "name"])
        .prints("A\n")
        .says("note: and 1 from cluster gpu applies here: `etui list --effective`");
}

#[test]
fn commands_that_change_ask_where_the_link_names_no_project() {
    let bench = team_linked("team = \"acme\"\n");
    let error = format!(
        "error: no section: no option names one, and the link {} names no project\n \
         hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; or once for this directory: `etui link -p PROJECT`",
        bench.work().join(".etui.toml").display()
    );
    fs::write(bench.work().join("values"), "B=1\n").unwrap();
    let before = fs::read(bench.vault()).unwrap();
    for line in [
        "set A --value 1",
        "create B --value 1",
        "update A --value 1",
        "generate B",
        "import values",
        "import values --dry-run",
        "rename A B",
        "move A --to project:web",
        "copy A --to project:web",
        "delete A",
        "restore A",
        "purge A",
        "settle A",
        "edit",
        "use A",
        "env set E x",
        "env delete E",
        "secret create B 1",
        "secret update A 1",
        "secret delete A",
    ] {
        bench.etui(line.split(' ')).fails(2, &error);
    }
    assert!(fs::read(bench.vault()).unwrap() == before);

    let choose = |line: &str, answers: &[(&str, &str)]| {
        let mut terminal = Terminal::etui(&bench, line.split(' '));
        terminal.sees("Which section?").sees("  1  the team acme").sees("  a new project");
        for (question, answer) in answers {
            terminal.sees(question).types(answer);
        }
        terminal.ends()
    };
    let left = choose("set B --value 1", &[("> ", "1\r")]);
    assert!(left.code == 0 && left.screen.contains("created B in team acme\n"), "{left:?}");
    let left = choose("delete B", &[("> ", "the team acme\r"), ("Delete B in team? [y/N] ", "y\r")]);
    assert!(left.code == 0 && left.screen.contains("deleted B in team acme; undo: `etui restore B -g`\n"), "{left:?}");
    let left = choose("generate B", &[("> ", "5\r"), ("Id of the new project: ", "docs\r")]);
    assert!(left.code == 0 && left.screen.contains("B in project docs of team acme"), "{left:?}");
    assert_eq!(choose("set B --value 1", &[("> ", "\x03")]).code, 130);
}
