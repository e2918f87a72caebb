//! Env entries and references: what they resolve to, and what is refused while they need a secret.

use crate::bench::{Bench, bytes};

/// Sets env entries, each given by its table in the vault's text, such as `projects.web.env.AUTH`.
fn set_entries(bench: &Bench, entries: &[(&str, &str)]) {
    for (table, value) in entries {
        let path: Vec<&str> = table.split('.').collect();
        let (name, scope) = match path[..] {
            ["env", name] => (name, vec!["-g"]),
            ["projects", id, "env", name] => (name, vec!["-p", id]),
            ["clusters", id, "env", name] => (name, vec!["-c", id]),
            _ => panic!("{table}"),
        };
        bench.etui(["env", "set", name, value].into_iter().chain(scope)).ok();
    }
}

/// Project web has AUTH = secret:TOKEN and LEVEL = info; the team has TOKEN.
fn auth() -> Bench {
    let bench = Bench::acme();
    bench.set("TOKEN", "team", &["-g"]);
    set_entries(&bench, &[("projects.web.env.AUTH", "secret:TOKEN"), ("projects.web.env.LEVEL", "info")]);
    bench
}

#[test]
fn a_reference_resolves_to_the_effective_secret_of_the_context() {
    let bench = auth();
    bench.etui(["resolve", "-p", "web"]).prints("AUTH=team\nLEVEL=info\nTOKEN=team\n");
    bench.etui(["resolve", "-p", "web", "--only", "AUTH"]).prints("AUTH=team\n");
    bench.etui(["resolve"]).prints("TOKEN=team\n");
    bench.set("TOKEN", "gpu", &["-c", "gpu"]);
    bench.etui(["resolve", "-p", "web", "-c", "gpu", "--only", "AUTH"]).prints("AUTH=gpu\n");
    bench.set("TOKEN", "web", &["-p", "web"]);
    bench.etui(["run", "-p", "web", "-c", "gpu", "sh", "-c", "echo $AUTH $LEVEL"]).prints("web info\n");
    bench.etui(["run", "-p", "web", "--except", "TOKEN", "sh", "-c", "echo $AUTH$TOKEN"]).prints("web\n");
}

#[test]
fn entries_and_secrets_share_one_namespace_and_one_merge() {
    let bench = auth();
    bench.set("AUTH", "team secret", &["-g"]);
    bench.set("LEVEL", "team secret", &["-g"]);
    bench.etui(["resolve", "-p", "web"]).prints("AUTH=team\nLEVEL=info\nTOKEN=team\n");
    bench.etui(["resolve", "-g"]).prints("AUTH='team secret'\nLEVEL='team secret'\nTOKEN=team\n");
    bench
        .etui(["explain", "-p", "web"])
        .prints("AUTH\tproject web (entry)\tteam\nLEVEL\tproject web (entry)\tteam\nTOKEN\tteam\t\n");
    let taken = "error: AUTH is an env entry of project web of team acme, so no secret can have this name\n \
         hint: to free the name: `etui env delete AUTH -p web`";
    bench.etui(["set", "AUTH", "-p", "web", "--value", "x"]).fails(4, taken);
    bench.etui(["create", "AUTH", "-p", "web", "--value", "x"]).fails(4, taken);
    bench.etui(["move", "AUTH", "-g", "--to", "project:web"]).fails(4, taken);
    bench.etui(["copy", "AUTH", "-g", "--to", "project:web"]).fails(4, taken);
    bench.set("OTHER", "x", &["-p", "web"]);
    bench.etui(["rename", "OTHER", "AUTH", "-p", "web"]).fails(4, taken);
    bench.etui(["project", "list"]).mask_times().prints("api\t0\t0\tWHEN\nweb\t1\t2\tWHEN\n");
}

#[test]
fn a_missing_reference_fails_everything_unless_it_is_excluded() {
    let bench = Bench::acme();
    bench.set("TOKEN_KEY", "x", &["-g"]);
    set_entries(&bench, &[("projects.web.env.AUTH", "secret:TOKEN_KYE"), ("projects.web.env.LEVEL", "info")]);
    let message = "error: entry AUTH of project web of team acme refers to TOKEN_KYE, which is not set in project web of team acme\n \
                hint: did you mean TOKEN_KEY? `etui use TOKEN_KEY --as AUTH -p web`";
    bench.etui(["resolve", "-p", "web"]).fails(3, message);
    bench.etui(["run", "-p", "web", "echo", "ran"]).fails(3, message);
    bench.etui(["resolve", "-p", "web", "--only", "LEVEL,TOKEN_KEY"]).prints("LEVEL=info\nTOKEN_KEY=x\n");
    bench.etui(["run", "-p", "web", "--except", "AUTH", "sh", "-c", "echo $LEVEL"]).prints("info\n");
    bench.etui(["resolve", "-g"]).prints("TOKEN_KEY=x\n");
    let document = bench.etui(["resolve", "-p", "web", "-j"]);
    assert!(document.err.contains("\"code\":\"reference_missing\",\"exit\":3"), "{}", document.err);
}

#[test]
fn a_reference_is_one_level_deep_and_finds_only_secrets() {
    let bench = Bench::acme();
    bench.set("PLAIN", "secret:OTHER", &["-g"]);
    set_entries(&bench, &[("env.FIRST", "secret:SECOND"), ("env.SECOND", "secret:PLAIN")]);
    bench.etui(["resolve", "--only", "SECOND"]).prints("SECOND=secret:OTHER\n");
    let outcome = bench.etui(["resolve", "--only", "FIRST"]);
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    assert!(
        outcome.err.starts_with("error: entry FIRST of team acme refers to SECOND, which is not set in team acme\n")
    );
}

#[test]
fn a_secret_in_use_is_not_deleted_renamed_or_moved() {
    let bench = auth();
    let message = "error: TOKEN in team acme is in use by AUTH of project web\n \
                hint: `delete` takes `--force`; `rename` and `move` take `--update-references`";
    for arguments in [
        &["delete", "TOKEN", "-g"][..],
        &["rename", "TOKEN", "KEY", "-g"],
        &["move", "TOKEN", "-g", "--to", "project:api"],
        &["secret", "delete", "TOKEN", "-g"],
        &["secrets", "delete", "team", "--name", "TOKEN"],
    ] {
        let before = bytes(bench.vault());
        bench.etui(arguments).fails(4, message);
        assert_eq!(bytes(bench.vault()), before);
    }
    // If another section still provides the secret, nothing stops it.
    bench.etui(["move", "TOKEN", "-g", "--to", "project:web"]).ok();
    bench.set("TOKEN", "team", &["-g"]);
    bench.etui(["delete", "TOKEN", "-p", "web"]).ok();
    bench.etui(["resolve", "-p", "web", "--only", "AUTH"]).prints("AUTH=team\n");
}

#[test]
fn force_deletes_a_secret_in_use_and_lists_the_broken_references() {
    let bench = auth();
    bench.etui(["delete", "TOKEN", "-g", "--force"]).prints("").says(
        "deleted TOKEN in team acme; undo: `etui restore TOKEN -g`\n\
         warning: AUTH of project web now refers to nothing",
    );
    assert_eq!(bench.etui(["resolve", "-p", "web"]).code, 3);
    bench.etui(["restore", "TOKEN", "-g"]).ok();
    bench.etui(["resolve", "-p", "web", "--only", "AUTH"]).prints("AUTH=team\n");
}

#[test]
fn references_follow_a_rename_on_request() {
    let bench = auth();
    set_entries(&bench, &[("env.TOKEN_FILE", "file:TOKEN")]);
    bench
        .etui(["rename", "TOKEN", "KEY", "-g", "--update-references"])
        .prints("")
        .says("renamed TOKEN to KEY in team acme\nnote: changed 2 references to KEY");
    bench.etui(["resolve", "-p", "web", "--only", "AUTH,KEY"]).prints("AUTH=team\nKEY=team\n");
    // A reference that two sections provide cannot follow one of them.
    bench.etui(["copy", "KEY", "-g", "--to", "cluster:gpu"]).ok();
    bench.etui(["rename", "KEY", "TOKEN", "-c", "gpu", "--update-references"]).ok();
    bench.etui(["resolve", "-p", "web", "-c", "gpu", "--only", "AUTH"]).prints("AUTH=team\n");
}

#[test]
fn references_follow_a_move_on_request() {
    // Moving and copying a secret in use takes --update-references too.
    let bench = Bench::acme();
    bench.set("TOKEN", "x", &["-p", "web"]);
    let outcome = bench.etui(["move", "TOKEN", "-p", "web", "--to", "team", "--update-references"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
}

#[test]
fn a_file_entry_is_left_out_of_texts() {
    let bench = Bench::acme();
    bench.set("CERT", "pem", &["-g"]);
    set_entries(&bench, &[("env.CERT_FILE", "file:CERT")]);
    bench
        .etui(["resolve"])
        .prints("CERT=pem\n")
        .says("note: CERT_FILE is left out, since it is a file: `--files DIR` writes it");
    bench.etui(["resolve", "-j", "--only", "CERT"]).prints("{\n  \"CERT\": \"pem\"\n}\n");
}

#[test]
fn a_section_with_only_entries_is_not_empty() {
    let bench = Bench::acme();
    set_entries(&bench, &[("projects.web.env.LEVEL", "info")]);
    bench.etui(["project", "delete", "web"]).fails(
        4,
        "error: project web of team acme holds 0 secrets and 1 env entry\n \
         hint: `--force` deletes them too; their values stay in the history",
    );
}

#[test]
fn a_renamed_section_keeps_its_references() {
    let bench = Bench::acme();
    bench.set("TOKEN", "x", &["-c", "gpu"]);
    set_entries(&bench, &[("clusters.gpu.env.AUTH", "secret:TOKEN")]);
    bench.etui(["cluster", "rename", "gpu", "tpu"]).ok();
    bench.etui(["resolve", "-c", "tpu"]).prints("AUTH=x\nTOKEN=x\n");
}

#[test]
fn other_changes_keep_the_entries() {
    let bench = auth();
    bench.set("B", "x", &["-p", "web"]);
    bench.etui(["delete", "B", "-p", "web"]).ok();
    bench.etui(["resolve", "-p", "web"]).prints("AUTH=team\nLEVEL=info\nTOKEN=team\n");
    bench.etui(["list", "-p", "web"]).prints("");
}

#[test]
fn get_prints_the_value_that_resolve_prints() {
    let bench = auth();
    bench.set("LEVEL", "team secret", &["-g"]);
    let resolved = bench.etui(["resolve", "-p", "web", "--only", "LEVEL"]).ok();
    assert_eq!(resolved.text(), "LEVEL=info\n");
    // For a name that is an entry here, `get` never prints a value that does not apply.
    assert_ne!(bench.etui(["get", "LEVEL", "-p", "web"]).text(), "team secret");
}
