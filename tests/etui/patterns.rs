//! Names and patterns behind `list`, `explain` and `history`; and what `list` shows beside the secrets of a section.

use std::fs;

use crate::bench::Bench;
use crate::terminal::driver::Terminal;

fn named() -> Bench {
    let bench = Bench::linked();
    for name in ["DATABASE_URL", "DATABASE_PASSWORD", "STRIPE_KEY"] {
        bench.set(name, "x", &["-p", "web"]);
    }
    bench.set("DATABASE_HOST", "x", &["-g"]);
    bench.etui(["env", "set", "DATABASE", "secret:DATABASE_URL", "-p", "web"]).ok();
    bench.etui(["env", "set", "LEVEL", "info", "-p", "web"]).ok();
    bench
}

#[test]
fn a_pattern_lists_the_names_that_match() {
    let bench = named();
    bench
        .etui(["list", "DATA*", "-F", "name"])
        .prints("DATABASE_PASSWORD\nDATABASE_URL\n")
        .says("note: and 1 from the team applies here: `etui list --effective 'DATA*'`");
    bench.etui(["list", "STRIPE_KEY", "*_URL", "-F", "name"]).prints("DATABASE_URL\nSTRIPE_KEY\n").says("");
    bench
        .etui(["list", "--all", "DATABASE*", "-F", "name,section,kind,refers"])
        .prints(
            "DATABASE\tproject web\tentry\tsecret:DATABASE_URL\n\
             DATABASE_HOST\tteam\tsecret\t\n\
             DATABASE_PASSWORD\tproject web\tsecret\t\n\
             DATABASE_URL\tproject web\tsecret\t\n",
        )
        .says("");
    bench
        .etui(["list", "--effective", "????????", "LEVEL"])
        .mask_times()
        .prints(
            "DATABASE\tproject web\tWHEN\talice\tenv entry: secret:DATABASE_URL\n\
             LEVEL\tproject web\tWHEN\talice\tenv entry: plain value\n",
        )
        .says("");
    bench
        .etui(["explain", "*BASE", "STRIPE_KEY"])
        .prints("DATABASE\tproject web (entry)\t\nSTRIPE_KEY\tproject web\t\n");
    bench.set("DATABASE_URL", "y", &["-p", "web"]);
    bench.etui(["delete", "DATABASE_PASSWORD"]).ok();
    bench
        .etui(["history", "DATA*_*"])
        .mask_times()
        .prints(
            "DATABASE_PASSWORD\t-\tWHEN\talice\tdeleted\n\
             DATABASE_PASSWORD\t1\tWHEN\talice\tearlier\n\
             DATABASE_URL\t-\tWHEN\talice\tcurrent\n\
             DATABASE_URL\t1\tWHEN\talice\tearlier\n",
        )
        .says("");
    bench.etui(["history", "LEVEL"]).mask_times().prints("-\tWHEN\talice\tcurrent\n");
}

#[test]
fn a_word_that_is_no_name_gets_a_hint_what_was_meant() {
    let bench = named();
    let in_web = "is not set in project web of team acme";
    for (line, error) in [
        ("list data", format!("data {in_web}\n hint: did you mean DATABASE_PASSWORD?; or `etui list '*DATA*' -p web`")),
        ("list stripe_key", format!("stripe_key {in_web}\n hint: did you mean STRIPE_KEY?")),
        ("list key", format!("key {in_web}\n hint: `etui list '*KEY*' -p web`")),
        (
            "list DATABASE_HOST",
            format!("DATABASE_HOST {in_web}\n hint: it is set in team: `etui get DATABASE_HOST -g`"),
        ),
        ("list LEVEL", format!("LEVEL {in_web}\n hint: it is an env entry there: `etui env list -p web`")),
        ("list --all host", "host is not set anywhere in team acme\n hint: `etui list '*HOST*' --all`".to_owned()),
        (
            "list --effective -g host",
            "host is not set in team acme\n hint: `etui set host -g`; or `etui list '*HOST*' --effective -g`"
                .to_owned(),
        ),
        (
            "explain url -c gpu",
            "url is not set in project web on cluster gpu of team acme\n \
             hint: `etui set url -p web`; or `etui explain '*URL*' -c gpu -p web`"
                .to_owned(),
        ),
        ("history url", format!("url {in_web}\n hint: `etui history '*URL*' -p web`")),
    ] {
        bench.etui(line.split(' ')).fails(3, &format!("error: {error}"));
    }
}

#[test]
fn a_pattern_that_matches_nothing_is_an_empty_list() {
    let bench = named();
    bench
        .etui(["list", "database*"])
        .prints("")
        .says("note: no name here matches `database*`; case counts: `etui list 'DATABASE*' -p web`");
    bench.etui(["list", "--all", "NO*"]).prints("").says("note: no name here matches `NO*`");
    bench.etui(["history", "NO*"]).prints("").says("note: no name here matches `NO*`");
    let page = bench.etui(["list", "NO*", "-j"]).ok().document();
    assert_eq!(page, serde_json::json!({"items": [], "hasMore": false, "nextPage": null}));
}

#[test]
fn a_pattern_that_the_shell_replaced_by_files_gets_a_hint_to_quote_it() {
    let bench = named();
    for file in ["LICENSE", "Makefile", "a.txt"] {
        fs::write(bench.work().join(file), "").unwrap();
    }
    let hint = " hint: these are names of files; a pattern needs quotes: `etui list '*'`\n";
    let outcome = bench.sh("etui list *");
    assert_eq!(
        (outcome.code, outcome.err),
        (2, format!("error: not a secret name: character 2 is not allowed\n{hint}"))
    );
    let outcome = bench.sh("etui list L* M*");
    let message = "error: LICENSE is not set in project web of team acme\n";
    assert_eq!((outcome.code, outcome.err), (3, format!("{message}{hint}")));
    bench.etui(["list", "[AB]*"]).fails(
        2,
        "error: not a name or a pattern: letters, digits, `_`, `*` and `?`\n hint: `DATABASE_URL`, `DB_*` or `*_KEY`",
    );
}

#[test]
fn lists_what_expires_by_date() {
    let bench = Bench::linked();
    for (name, expires, scope) in [
        ("GONE", "2020-01-31", "-pweb"),
        ("LATER", "2999-01-31", "-pweb"),
        ("NEVER", "never", "-pweb"),
        ("SOON", "200h", "-g"),
        ("SOONER", "500m", "-cgpu"),
    ] {
        bench.etui(["set", name, "--value", "x", "--expires", expires, scope]).ok();
    }
    bench.etui(["list", "--expiring", "30d"]).prints("GONE\t2020-01-31T00:00:00Z\talice\t\n").says("");
    let names = |arguments: &[&str]| bench.etui(["list", "-F", "name"].iter().chain(arguments)).ok().text().to_owned();
    assert_eq!(names(&["--all", "--expiring", "30d"]), "GONE\nSOONER\nSOON\n");
    assert_eq!(names(&["--all", "--expiring", "30d", "--desc", "--limit", "1"]), "SOON\n");
    assert_eq!(names(&["--all", "--expiring", "30d", "S*"]), "SOONER\nSOON\n");
    assert_eq!(names(&["--effective", "--expiring", "1d"]), "GONE\nSOONER\n");
    assert_eq!(names(&["--all", "--expiring", "30d", "--order-by", "name"]), "GONE\nSOON\nSOONER\n");
    let first = bench.etui(["list", "--all", "--expiring", "30d", "--limit", "1", "-j"]).ok().document();
    assert_eq!(
        names(&["--all", "--expiring", "30d", "--after", first["nextPage"].as_str().unwrap()]),
        "SOONER\nSOON\n"
    );
    Terminal::etui(&bench, ["list", "--all", "--expiring", "9d", "S*"]).ends().shows(
        0,
        "NAME    SECTION      EXPIRES     BY     NOTE\n\
         SOONER  cluster gpu  in 8 hours  alice\n\
         SOON    team         in 8 days   alice\n",
    );
    bench
        .etui(["list", "-p", "api", "--expiring", "30d"])
        .prints("")
        .says("note: nothing expires within 30d in project api of team acme; in the whole vault: `etui list --all --expiring 30d`");
    bench.etui(["list", "--expiring", "soon"]).fails(
        2,
        "error: `soon` is not a valid value for `--expiring`: not a length of time such as `90d`, `8h`, `30m` or `90s`\n \
         hint: `etui list --help`",
    );
}
