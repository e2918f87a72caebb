//! `link`, `unlink` and `status`.

use std::fs;

use crate::bench::Bench;

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
