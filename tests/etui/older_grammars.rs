//! The grammars of `pspace secret` and `gradient secrets`, word for word, as existing scripts use them.

use serde_json::json;

use crate::bench::Bench;

#[test]
fn a_pspace_script_runs_after_replacing_the_program_name() {
    let bench = Bench::linked();
    let script = r#"
        set -eu
        pspace secret create DB_PASSWORD "p w" --project-id web
        pspace secret create API_TOKEN t0 -p web --api-key "$PAPERSPACE_API_KEY" 2>/dev/null
        pspace secret update API_TOKEN t1
        pspace secret create SHARED s -g -j >/dev/null
        pspace secret update SHARED s2 --global
        pspace secret list -p web --json | sed -n 's/.*"name": "\(.*\)",/\1/p' | sort
        cursor=$(pspace secret list -p web -j --limit 1 | sed -n 's/.*"nextPage": "\(.*\)".*/\1/p')
        pspace secret list -p web -j --limit 1 --after "$cursor" | grep -c '"name"'
        pspace secret get DB_PASSWORD -p web -F name
        pspace secret list -g -F name
        pspace secret delete SHARED -g
        pspace secret delete API_TOKEN --cwd .
        pspace secret list --orderBy dtCreated --asc -F name
        printf 'PIPED\nfrom a pipe\n' | pspace secret create
    "#;
    bench.sh(&format!("PAPERSPACE_API_KEY=k\n{}", script.replace("pspace", "etui"))).prints(
        "Created secret \"DB_PASSWORD\" in project \"web\"\n\
         Created secret \"API_TOKEN\" in project \"web\"\n\
         Updated secret \"API_TOKEN\" in project \"web\"\n\
         Updated secret \"SHARED\" in team \"acme\"\n\
         API_TOKEN\nDB_PASSWORD\n1\n\
         NAME\nDB_PASSWORD\n\
         NAME\nSHARED\n\
         Deleted secret \"SHARED\" in team \"acme\"\n\
         Deleted secret \"API_TOKEN\" in project \"web\"\n\
         NAME\nDB_PASSWORD\n\
         Created secret \"PIPED\" in project \"web\"\n",
    );
    bench.etui(["resolve"]).prints("DB_PASSWORD='p w'\nPIPED='from a pipe'\n");
}

#[test]
fn a_gradient_script_runs_after_replacing_the_program_name() {
    let bench = Bench::acme();
    let script = r#"
        set -eu
        gradient secrets list team
        gradient secrets set team --name=TEAM_KEY --value=one
        gradient secrets set project --id=web --name WEB_KEY --value two --apiKey "$KEY" 2>/dev/null
        gradient secrets set cluster --id gpu --name GPU_KEY --value --three--
        gradient secrets set team --name TEAM_KEY --value again --optionsFile options.yaml 2>/dev/null
        gradient secrets list team
        gradient secrets list project --id web
        gradient secrets list cluster --id=gpu | sed -n 's/^| \([A-Z_]*\) *|$/\1/p'
        printf 'ASKED\nfor value\n' | gradient secrets set team
        echo hidden | gradient secrets set team --name HIDDEN
        gradient secrets delete cluster --id gpu --name GPU_KEY
        echo ASKED | gradient secrets delete team
        gradient secrets delete team --name=HIDDEN
        gradient secrets list cluster --id gpu
    "#;
    bench.sh(&format!("KEY=k\n{}", script.replace("gradient", "etui"))).prints(
        "No data found\n\
         Set team secret 'TEAM_KEY'\n\
         Set project secret 'WEB_KEY'\n\
         Set cluster secret 'GPU_KEY'\n\
         Set team secret 'TEAM_KEY'\n\
         +----------+\n| Name     |\n+----------+\n| TEAM_KEY |\n+----------+\n\
         +---------+\n| Name    |\n+---------+\n| WEB_KEY |\n+---------+\n\
         GPU_KEY\n\
         Set team secret 'ASKED'\n\
         Set team secret 'HIDDEN'\n\
         Deleted cluster secret 'GPU_KEY'\n\
         Deleted team secret 'ASKED'\n\
         Deleted team secret 'HIDDEN'\n\
         No data found\n",
    );
    bench.etui(["resolve", "-p", "web"]).prints("TEAM_KEY=again\nWEB_KEY=two\n");
}

#[test]
fn server_options_are_ignored_anywhere_with_one_warning() {
    let bench = Bench::linked();
    let message = "warning: `--api-key` and `--optionsFile` are ignored: a vault needs neither";
    for arguments in [
        &["secret", "list", "--api-key", "k"][..],
        &["secret", "--api-key", "k", "list"],
        &["secret", "list", "--api-key=k"],
        &["--api-key", "k", "secret", "list"],
    ] {
        bench.etui(arguments).prints("").says(message);
    }
    for arguments in [
        &["secrets", "list", "team", "--apiKey", "k"][..],
        &["secrets", "list", "team", "--optionsFile", "f"],
        &["secrets", "list", "team", "--apiKey=k", "--optionsFile=f"],
        &["secrets", "list", "--apiKey", "k", "team"],
    ] {
        bench.etui(arguments).prints("No data found\n").says(message);
    }
}

#[test]
fn pspace_metadata_keeps_its_field_names() {
    let bench = Bench::linked();
    let made = bench.etui(["secret", "create", "A", "x", "-j"]).mask_times().ok().document();
    for (field, value) in [("name", "A"), ("dtCreated", "WHEN"), ("dtModified", "WHEN")] {
        assert_eq!(made[field], value);
    }
    let picked = json!({"name": "A", "dtModified": "WHEN"});
    let get = bench.etui(["secret", "get", "A", "-j", "-F", "name", "-F", "dtModified"]).mask_times().ok();
    assert_eq!(get.document(), picked);
    let list = bench.etui(["secret", "list", "-j", "-F", "name", "-F", "dtModified"]).mask_times().ok();
    assert_eq!(list.document(), json!({"items": [picked], "hasMore": false, "nextPage": null}));
    let get = bench.etui(["secret", "get", "A", "-j"]).mask_times().ok().document();
    assert_eq!((&get["name"], &get["dtCreated"], get.get("value")), (&json!("A"), &json!("WHEN"), None));
    let width = "2026-11-21T10:00:00Z".len();
    let table = bench.etui(["secret", "get", "A"]).ok();
    let (name, created) = ("NAME", "DTCREATED");
    let header = format!("{name}  {created:<width$}  DTMODIFIED\n");
    assert!(table.text().starts_with(&header), "{}", table.text());
    assert_eq!(table.text().lines().count(), 2);
    bench.etui(["secret", "get", "A", "--fields", "name"]).prints("NAME\nA\n");
    let bad = bench.etui(["secret", "get", "A", "-F", "value"]);
    assert_eq!((bad.code, bad.text()), (2, ""));
}

#[test]
fn pspace_create_and_update_check_whether_the_secret_exists() {
    let bench = Bench::linked();
    bench.etui(["secret", "update", "A", "x"]).fails(3, "error: A is not set in project web of team acme");
    bench.etui(["secret", "create", "A", "x"]).ok().says("");
    let again = bench.etui(["secret", "create", "A", "y"]);
    assert_eq!((again.code, again.text()), (4, ""));
    bench.etui(["get", "A"]).prints("x");
    for arguments in [&["get", "B"][..], &["delete", "B"], &["update", "B", "x"]] {
        assert_eq!(bench.etui(["secret"].iter().chain(arguments)).code, 3);
    }
    // An empty value counts as missing, and without a terminal it cannot be asked for.
    assert_eq!(bench.etui(["secret", "create", "B", ""]).code, 2);
    bench.etui(["secret", "list", "-p", "api"]).prints("").says("");
}

#[test]
fn pspace_lists_the_newest_first_by_default() {
    let bench = Bench::linked();
    for name in ["A", "C", "B"] {
        bench.set(name, "x", &[]);
    }
    let names = |options: &[&str]| {
        let outcome = bench.etui(["secret", "list", "-F", "name"].iter().chain(options)).ok();
        outcome.text().lines().skip(1).collect::<Vec<_>>().join("")
    };
    let (newest, oldest) = (names(&[]), names(&["--asc"]));
    assert_eq!(newest.chars().rev().collect::<String>(), oldest);
    assert_eq!(names(&["--desc"]), newest);
    assert_eq!(names(&["--orderBy", "dtCreated", "--desc"]), newest);
    assert_eq!(names(&["--orderBy", "dtCreated", "--asc"]), oldest);
}

#[test]
fn gradient_reports_missing_options() {
    let bench = Bench::acme();
    for verb in ["set", "list", "delete"] {
        for entity in ["project", "cluster"] {
            bench.etui(["secrets", verb, entity]).fails(
                2,
                &format!(
                    "error: Missing option '--id': which {entity}?\n \
                     hint: `--id ID`; or to see the ids: `etui {entity} list`"
                ),
            );
        }
        assert_eq!(bench.etui(["secrets", verb, "machine", "--id", "x"]).code, 2);
    }
    for arguments in [
        &["list", "project", "--id", "none"][..],
        &["delete", "project", "--id", "none", "--name", "A"],
        &["set", "project", "--id", "none", "--name", "A", "--value", "x"],
    ] {
        assert_eq!(bench.etui(["secrets"].iter().chain(arguments)).code, 3, "{arguments:?}");
    }
    bench.etui(["secrets", "delete", "team", "--name", "NONE"]).fails(3, "error: NONE is not set in team acme");
    assert_eq!(bench.etui(["secrets", "set", "team", "--name", "A"]).code, 2);
    assert_eq!(bench.etui(["secrets", "set", "team"]).code, 2);
}

#[test]
fn a_hint_of_a_gradient_command_can_be_typed_as_it_is() {
    let bench = Bench::acme();
    let outcome = bench.etui(["secrets", "set", "cluster", "--id", "gpu", "--name", "A"]);
    assert!(outcome.err.contains("--id gpu"), "{}", outcome.err);
}
