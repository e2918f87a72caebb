//! `env`, `use`, and `secrets set` without arguments: entries are set, listed, chosen and deleted.

use crate::bench::{Bench, bytes};
use crate::terminal::driver::{Finished, Terminal};
use crate::update;

/// The team has TOKEN; projects web and api, cluster gpu; not linked.
fn acme() -> Bench {
    let bench = Bench::acme();
    bench.set("TOKEN", "one", &["-g"]);
    bench
}

/// Runs a command line whose words need no quoting.
fn run(bench: &Bench, line: &str) -> crate::bench::Outcome {
    bench.etui(line.split(' ')).mask_times()
}

#[test]
fn an_entry_is_set_listed_and_deleted_with_a_message_each() {
    let bench = acme();
    run(&bench, "env list -g").prints("").says("note: team acme has no env entry yet: `etui env set NAME VALUE -g`");
    run(&bench, "env set LEVEL info -g").prints("").says("created LEVEL in team acme");
    let before = bytes(bench.vault());
    run(&bench, "env set LEVEL info -g").prints("").says("unchanged LEVEL in team acme");
    assert!(bytes(bench.vault()) == before, "a command that changes nothing writes nothing");
    run(&bench, "env set AUTH secret:TOKEN -p web")
        .prints("")
        .says("created AUTH (secret:TOKEN) in project web of team acme");
    run(&bench, "env set AUTH_FILE file:TOKEN -p web")
        .says("created AUTH_FILE (file:TOKEN) in project web of team acme");
    run(&bench, "env set LEVEL debug -p web").says("created LEVEL in project web of team acme");
    run(&bench, "env list -p web")
        .says("")
        .prints("AUTH\tsecret:TOKEN\tWHEN\talice\nAUTH_FILE\tfile:TOKEN\tWHEN\talice\nLEVEL\ta value\tWHEN\talice\n");
    run(&bench, "env ls -g").prints("LEVEL\ta value\tWHEN\talice\n").says("");
    run(&bench, "env delete AUTH_FILE -p web")
        .prints("")
        .says("deleted AUTH_FILE in project web of team acme; undo: `etui restore AUTH_FILE -p web`");
    run(&bench, "env rm LEVEL -p web")
        .says("deleted LEVEL in project web of team acme; undo: `etui restore LEVEL -p web`");
    run(&bench, "resolve -p web").prints("AUTH=one\nLEVEL=info\nTOKEN=one\n");
}

#[test]
fn a_linked_directory_defaults_to_its_project() {
    let bench = Bench::linked();
    run(&bench, "env set LEVEL info").says("created LEVEL in project web of team acme");
    run(&bench, "env list").prints("LEVEL\ta value\tWHEN\talice\n").says("");
    run(&bench, "env delete LEVEL")
        .says("deleted LEVEL in project web of team acme; undo: `etui restore LEVEL -p web`");
    let bench = acme();
    let unsaid = "error: no section: neither an option nor a link names one\n \
                  hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; or once for this directory: `etui link -p PROJECT`";
    for line in ["env list", "env set A x", "env delete A", "use TOKEN"] {
        run(&bench, line).fails(2, unsaid);
    }
    for line in ["env list -p none", "env set A x -p none", "env delete A -p none", "use TOKEN -p none"] {
        let message = "error: no project none in team acme\n \
             hint: the projects are api and web; to create it: `etui project create none`";
        run(&bench, line).fails(3, message);
    }
}

#[test]
fn entries_look_like_secrets_in_json_and_name_their_reference() {
    let bench = acme();
    let entry = |name: &str, size: u32, refers: serde_json::Value| {
        serde_json::json!({
            "name": name, "section": {"kind": "project", "id": "web"}, "created": "WHEN", "updated": "WHEN",
            "by": "alice", "note": null, "expires": null, "size": size, "encoding": "utf-8", "disputed": false,
            "refers": refers,
        })
    };
    let (auth, file, level) =
        (entry("AUTH", 12, "secret:TOKEN".into()), entry("F", 10, "file:TOKEN".into()), entry("LEVEL", 4, ().into()));
    assert_eq!(run(&bench, "env set AUTH secret:TOKEN -p web -j").ok().says("").document(), auth);
    assert_eq!(run(&bench, "use TOKEN --as F --as-file -p web -j").ok().says("").document(), file);
    assert_eq!(run(&bench, "env set LEVEL info -p web -j").ok().says("").document(), level);
    let page = serde_json::json!({"items": [auth, file, level], "hasMore": false, "nextPage": null});
    assert_eq!(run(&bench, "env list -p web -j").ok().document(), page);
    assert_eq!(run(&bench, "env delete LEVEL -p web -j").ok().says("").document(), level);
    let empty = serde_json::json!({"items": [], "hasMore": false, "nextPage": null});
    assert_eq!(run(&bench, "env list -p api -j").ok().says("").document(), empty);
}

#[test]
fn a_text_that_looks_like_a_reference_can_be_a_plain_value() {
    let bench = acme();
    for (name, value, literal, message) in [
        ("A", "secret:TOKEN", true, ""),
        ("B", "file:TOKEN", true, ""),
        ("C", "literal:secret:TOKEN", true, ""),
        ("D", "literal:secret:TOKEN", false, ""),
        ("E", "literal:x", false, ""),
        ("F", "literal:x", true, ""),
        ("G", "", false, ""),
        ("H", "-x", false, ""),
        ("I", "--literally=1", false, ""),
        ("J", "https://x/secret:TOKEN", false, ""),
        ("K", "secret:", false, "\nnote: this is a plain value: a reference is `secret:NAME` or `file:NAME`"),
        ("L", "secret:1x", false, "\nnote: this is a plain value: a reference is `secret:NAME` or `file:NAME`"),
        ("M", "file:/etc/passwd", false, ""),
        ("N", "secret: TOKEN", false, "\nnote: this is a plain value: a reference is `secret:NAME` or `file:NAME`"),
        ("O", "a\nb", false, ""),
        ("P", "$HOME `x` 'q'", false, ""),
    ] {
        let options: &[&str] = if literal { &["--literal"] } else { &[] };
        let arguments = [&["env", "set", name, value, "-p", "web"], options].concat();
        bench.etui(arguments).prints("").says(&format!("created {name} in project web of team acme{message}"));
        let plain = if name == "D" { "secret:TOKEN" } else { value };
        bench.etui(["get", name, "-p", "web"]).prints(plain);
        bench.etui(["resolve", "-p", "web", "--only", name, "--format", "null"]).prints(&format!("{name}={plain}\0"));
        bench.etui(["run", "-p", "web", "--only", name, "printenv", name]).prints(&format!("{plain}\n"));
    }
    assert!(bench.etui(["env", "list", "-p", "web"]).text().lines().all(|line| line.contains("\ta value\t")));
}

#[test]
fn a_name_is_either_a_secret_or_an_entry() {
    let bench = acme();
    bench.set("OWN", "x", &["-p", "web"]);
    let message = "error: OWN is already set in project web of team acme\n \
                hint: to give it a new value: `etui update OWN -p web`; or to free the name: `etui delete OWN -p web`";
    for line in ["env set OWN x -p web", "env set OWN secret:TOKEN -p web", "use TOKEN --as OWN -p web"] {
        run(&bench, line).fails(4, message);
    }
    // In another section the name may be something else, and may even refer to the secret that it shadows.
    run(&bench, "use TOKEN --as TOKEN -p web").says("created TOKEN (secret:TOKEN) in project web of team acme");
    run(&bench, "resolve -p web --only TOKEN").prints("TOKEN=one\n");
    run(&bench, "explain TOKEN -p web").prints("TOKEN\tproject web (entry)\tteam\n");
    run(&bench, "env delete OWN -p web").fails(
        3,
        "error: OWN is not an env entry of project web of team acme\n \
         hint: it is a secret there: `etui delete OWN -p web`",
    );
    run(&bench, "env delete TOKNE -p web")
        .fails(3, "error: TOKNE is not an env entry of project web of team acme\n hint: did you mean TOKEN?");
    run(&bench, "env delete NONE -p api").fails(
        3,
        "error: NONE is not an env entry of project api of team acme\n \
         hint: to see the entries: `etui env list -p api`",
    );
}

#[test]
fn reserved_and_invalid_names_are_refused() {
    let bench = acme();
    let before = bytes(bench.vault());
    let free = " hint: choose another name; or `--allow-reserved` accepts it";
    let own = "error: ETUI_KEY is a reserved name: etui itself reads it";
    for (line, code, message) in [
        ("env set PATH x -g", 2, format!("error: PATH is a reserved name: programs are looked up in it\n{free}")),
        (
            "env set PATH secret:TOKEN -g",
            2,
            format!("error: PATH is a reserved name: programs are looked up in it\n{free}"),
        ),
        (
            "use TOKEN --as NODE_OPTIONS -g",
            2,
            format!("error: NODE_OPTIONS is a reserved name: node loads code from it\n{free}"),
        ),
        ("env set ETUI_KEY x -g", 2, own.into()),
        ("env set ETUI_KEY x -g --allow-reserved", 2, own.into()),
        ("use TOKEN --as ETUI_KEY -g --allow-reserved", 2, own.into()),
    ] {
        run(&bench, line).fails(code, &message);
    }
    for line in ["env set 1A x -g", "env set A-B x -g", "env delete _A -g", "use TOKEN --as A.B -g", "use 1X -g"] {
        let outcome = run(&bench, line);
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{line}");
        assert!(
            outcome.err.ends_with(" hint: a letter, then letters, digits and `_`: `DATABASE_URL`\n"),
            "{}",
            outcome.err
        );
    }
    assert!(bytes(bench.vault()) == before);
    run(&bench, "use TOKEN --as PATH -p web --allow-reserved")
        .says("created PATH (secret:TOKEN) in project web of team acme");
    assert_eq!(run(&bench, "resolve -p web").code, 2);
    run(&bench, "resolve -p web --allow-reserved --only PATH").prints("PATH=one\n");
    run(&bench, "env delete PATH -p web").ok();
}

#[test]
fn a_missing_target_is_a_warning_for_env_and_an_error_for_use() {
    let bench = acme();
    run(&bench, "env set AUTH secret:LATER -p web").prints("").says(
        "created AUTH (secret:LATER) in project web of team acme\n\
         warning: LATER is not set yet: `etui set LATER -p web`",
    );
    run(&bench, "env set AUTH file:LATER -g")
        .says("created AUTH (file:LATER) in team acme\nwarning: LATER is not set yet: `etui set LATER -g`");
    let outcome =
        run(&bench, "env set JSON secret:LATER -g -j").says("warning: LATER is not set yet: `etui set LATER -g`");
    assert_eq!(outcome.document()["refers"], "secret:LATER");
    let before = bytes(bench.vault());
    let outcome = run(&bench, "use LATER -p web");
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    assert!(outcome.err.starts_with("error: LATER is not set in project web of team acme"), "{}", outcome.err);
    assert!(bytes(bench.vault()) == before);
    // A project's entry may refer to a secret of any cluster, and a cluster's to one of any project.
    bench.set("FAR", "x", &["-c", "gpu"]);
    run(&bench, "use FAR -p web").says("created AUTH_SECRET (secret:FAR) in project web of team acme");
    run(&bench, "resolve -p web -c gpu --only AUTH_SECRET").prints("AUTH_SECRET=x\n");
    // A secret of another project is never found.
    bench.set("OTHER", "x", &["-p", "api"]);
    assert_eq!(run(&bench, "use OTHER -p web").code, 3);
    run(&bench, "env set NEW secret:OTHER -p web").says(
        "created NEW (secret:OTHER) in project web of team acme\n\
         warning: OTHER is not set yet: `etui set OTHER -p web`",
    );
}

#[test]
fn entries_have_a_history_like_secrets() {
    let bench = acme();
    for value in ["one", "secret:TOKEN", "three"] {
        bench.etui(["env", "set", "A", value, "-g"]).ok();
    }
    run(&bench, "history A -g").prints("-\tWHEN\talice\tcurrent\n1\tWHEN\talice\tearlier\n2\tWHEN\talice\tearlier\n");
    run(&bench, "get A -g --version 2").prints("one");
    run(&bench, "restore A -g").says("restored A in team acme");
    run(&bench, "resolve -g --only A").prints("A=one\n");
    run(&bench, "env list -g").prints("A\tsecret:TOKEN\tWHEN\talice\n");
    run(&bench, "env delete A -g").ok();
    run(&bench, "env list -g").prints("");
    assert_eq!(run(&bench, "get A -g").code, 3);
    run(&bench, "restore A -g").says("restored A in team acme");
    run(&bench, "env list -g").prints("A\tsecret:TOKEN\tWHEN\talice\n");
    run(&bench, "list -g").prints("TOKEN\tWHEN\talice\t\n");
    bench.etui(["purge", "A", "-g", "-y"]).ok();
    run(&bench, "history A -g").prints("-\tWHEN\talice\tcurrent\n");
    // A deleted entry's name may be reused for a secret, and neither becomes an earlier value of the other.
    run(&bench, "env delete A -g").ok();
    bench.set("A", "a secret", &["-g"]);
    run(&bench, "get A -g").prints("a secret");
    let outcome = run(&bench, "env set A x -g");
    assert_eq!(outcome.code, 4, "{}", outcome.err);
}

#[test]
fn use_and_bind_are_the_same_command() {
    let bench = acme();
    run(&bench, "use TOKEN -p web").prints("").says("created AUTH_SECRET (secret:TOKEN) in project web of team acme");
    run(&bench, "use TOKEN -p web").says("unchanged AUTH_SECRET (secret:TOKEN) in project web of team acme");
    run(&bench, "bind TOKEN -p web --as B").says("created B (secret:TOKEN) in project web of team acme");
    run(&bench, "bind TOKEN -p web --as-file").says("updated AUTH_SECRET (file:TOKEN) in project web of team acme");
    run(&bench, "use TOKEN -c gpu --as F --as-file").says("created F (file:TOKEN) in cluster gpu of team acme");
    run(&bench, "run -p web sh -c exit").ok();
    bench.etui(["run", "-p", "web", "sh", "-c", "cat $AUTH_SECRET; echo $B"]).prints("oneone\n");
}

#[test]
fn a_secret_in_use_is_kept_and_its_users_are_listed() {
    let bench = acme();
    for line in ["use TOKEN -p web", "use TOKEN -p api --as B --as-file", "env set C secret:TOKEN -c gpu"] {
        run(&bench, line).ok();
    }
    let before = bytes(bench.vault());
    let message = "TOKEN in team acme is in use by C of cluster gpu, B of project api and AUTH_SECRET of project web";
    run(&bench, "delete TOKEN -g").fails(
        4,
        &format!("error: {message}\n hint: `delete` takes `--force`; `rename` and `move` take `--update-references`"),
    );
    let outcome = run(&bench, "delete TOKEN -g -j");
    let error: serde_json::Value = serde_json::from_str(&outcome.err).unwrap();
    assert_eq!(error["error"]["code"], "secret_in_use");
    update::json(&error["error"]["message"], &message.into(), "");
    assert!(bytes(bench.vault()) == before);
    run(&bench, "env delete C -c gpu").ok();
    let outcome = run(&bench, "delete TOKEN -g --force -j").ok();
    assert_eq!(outcome.document()["name"], "TOKEN");
    outcome.says("warning: B of project api and AUTH_SECRET of project web now refer to nothing");
    run(&bench, "restore TOKEN -g").ok();
    run(&bench, "delete TOKEN -g --force").prints("").says(
        "deleted TOKEN in team acme; undo: `etui restore TOKEN -g`\n\
         warning: B of project api and AUTH_SECRET of project web now refer to nothing",
    );
    run(&bench, "get AUTH_SECRET -p web").fails(
        3,
        "error: entry AUTH_SECRET of project web of team acme refers to TOKEN, which is not set in project web of team acme\n \
         hint: `etui set TOKEN -p web`; or without the entry: `etui env delete AUTH_SECRET -p web`",
    );
    run(&bench, "get AUTH_SECRET -p web --exact").prints("secret:TOKEN");
    // A reference that is broken already blocks nothing.
    bench.set("X", "x", &["-g"]);
    run(&bench, "delete X -g").ok();
    run(&bench, "restore TOKEN -g").ok();
    run(&bench, "resolve -p web --only AUTH_SECRET").prints("AUTH_SECRET=one\n");
}

#[test]
fn without_a_terminal_no_menu_is_shown() {
    let bench = Bench::linked();
    bench.set("TOKEN", "x", &["-g"]);
    let message = "error: no secret is named, and there is no terminal to ask\n \
         hint: `etui use NAME`; or under another name: `etui use NAME --as VAR`";
    for line in ["use", "bind -p web", "use --as X -g", "secrets set", "--no-input secrets set", "-y use"] {
        run(&bench, line).fails(2, message);
    }
    // An incomplete command of the older grammar does not open the menu.
    for line in ["secrets set --name A", "secrets set --id web", "secrets set --value x"] {
        let message =
            "error: team, project or cluster is missing\n hint: `etui secrets set project --id ID --name NAME`";
        run(&bench, line).fails(2, message);
    }
    run(&bench, "env list").prints("");
}

// At a terminal.

#[track_caller]
fn talk(bench: &Bench, line: &str, talk: &[(&str, &str)]) -> Finished {
    let mut terminal = Terminal::etui(bench, line.split(' '));
    for (question, answer) in talk {
        terminal.sees(question).types(answer);
    }
    terminal.ends()
}

#[test]
fn a_terminal_offers_the_secrets_that_apply() {
    let bench = Bench::linked();
    for (name, scope) in
        [("TEAM", ["-g"; 1].as_slice()), ("GPU", &["-c", "gpu"]), ("WEB", &["-p", "web"]), ("API", &["-p", "api"])]
    {
        bench.set(name, "x", scope);
    }
    let menu = "Which secret?\n  1  GPU\n  2  TEAM\n  3  WEB\n> ";
    for (line, answer, message) in [
        ("use", "2", "created AUTH_SECRET (secret:TEAM) in project web of team acme"),
        ("secrets set", "WEB", "updated AUTH_SECRET (secret:WEB) in project web of team acme"),
        ("bind --as X --as-file", "1", "created X (file:GPU) in project web of team acme"),
    ] {
        talk(&bench, line, &[("> ", &format!("{answer}\r"))]).shows(0, &format!("{menu}{answer}\n{message}\n"));
    }
    let left = talk(&bench, "use", &[("> ", "9\r"), ("> ", "API\r"), ("> ", "1\r")]);
    left.shows(
        0,
        &format!(
            "{menu}9\n\
         please answer with a number from 1 to 3, or a name from the list\n\
         > API\n\
         please answer with a number from 1 to 3, or a name from the list\n\
         > 1\n\
         updated AUTH_SECRET (secret:GPU) in project web of team acme\n"
        ),
    );
    let before = bytes(bench.vault());
    for keys in ["\x03", "\x04"] {
        let left = talk(&bench, "secrets set", &[("> ", keys)]);
        assert_eq!((left.code, left.echo), (130, true), "{left:?}");
        assert!(bytes(bench.vault()) == before);
    }
}

#[test]
fn a_terminal_without_a_link_offers_the_sections_first() {
    let bench = acme();
    let sections = "Which section?\n  1  the team acme\n  2  cluster gpu\n  3  project api\n  4  project web\n  5  a new project\n> ";
    talk(&bench, "secrets set", &[("> ", "4\r"), ("> ", "1\r")]).shows(
        0,
        &format!(
            "{sections}4\n\
             Which secret?\n  \
             1  TOKEN\n\
             > 1\n\
             created AUTH_SECRET (secret:TOKEN) in project web of team acme\n"
        ),
    );
    let empty = Bench::linked();
    talk(&empty, "use", &[])
        .shows(3, "error: no secret applies in project web of team acme\n hint: `etui set NAME -p web`\n");
}
