//! Key files as they are found: with keys of other kinds, as Windows writes them, public ones, on standard input, and
//! where the mode cannot be changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::bench::{Bench, Outcome, lock};
use crate::terminal::driver::Terminal;

const UNUSED: &str = "AGE-SECRET-KEY-PQ-1QQ";
const SSH_PUBLIC: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOZ3p+gAeop5/ILXiFej0MS7w+uieZlG8/uwBdTEKyyY ci@acme\n";

fn bench() -> (Bench, String) {
    let bench = Bench::acme();
    bench.set("TOKEN", "one", &["-g"]);
    let key = fs::read_to_string(bench.key()).unwrap();
    (bench, key)
}

/// Writes a file that only its owner can read, and returns its full path.
fn write(bench: &Bench, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = bench.work().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

#[test]
fn the_usable_key_is_used_and_the_other_named() {
    let (bench, key) = bench();
    let post_quantum = "is not used: a post-quantum key, which the age library of etui does not support yet";
    let utf16: Vec<u8> = format!("\u{feff}{key}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (text, note) in [
        (format!("{UNUSED}\n{key}").into_bytes(), Some(format!("line 1, {post_quantum}"))),
        (format!("# serial 1\n\n{key}{UNUSED}\n").into(), Some(format!("line 6, {post_quantum}"))),
        (format!("{SSH_PUBLIC}{key}").into(), Some("line 1, is not used: a public key".into())),
        (
            format!("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n{key}").into(),
            Some("line 1, is not used: neither an age key nor an ssh-ed25519 key".into()),
        ),
        (format!("\u{feff}{key}").into(), None),
        (key.replace('\n', "\r\n").into(), None),
        (utf16, None),
    ] {
        let path = write(&bench, "k", text);
        let said = note.map(|note| format!("note: {path}, {note}")).unwrap_or_default();
        bench.etui(["get", "TOKEN", "-g", "-i", "k"]).prints("one").says(&said);
        // A key before the right one opens nothing, and hides nothing.
        bench.etui(["key", "new", "--output", "stranger"]).ok();
        let stranger = fs::read_to_string(bench.work().join("stranger")).unwrap();
        fs::remove_file(bench.work().join("stranger")).unwrap();
        write(&bench, "k", format!("{stranger}{key}"));
        bench.etui(["get", "TOKEN", "-g", "-i", "k"]).prints("one").says("");
    }
    let path = write(&bench, "k", format!("{UNUSED}\n"));
    bench.etui(["get", "TOKEN", "-g", "-i", "k"]).fails(
        5,
        &format!(
            "error: {path} holds no key that opens a vault: line 1 is a post-quantum key, \
             which the age library of etui does not support yet\n \
             hint: for an age key: `etui key new`"
        ),
    );
}

#[test]
fn a_new_passphrase_keeps_the_keys_that_are_not_used() {
    let (bench, key) = bench();
    let text = format!("{UNUSED}\n{key}# my note\n");
    write(&bench, "k", lock(&text, "correct horse"));
    let mut terminal = Terminal::etui(&bench, ["-i", "k", "key", "passphrase"]);
    terminal.asks_hidden(": ").types("correct horse\r");
    terminal.asks_hidden("(Enter for none): ").types("\r");
    assert_eq!(terminal.ends().code, 0);
    assert_eq!(fs::read_to_string(bench.work().join("k")).unwrap(), text);
}

#[test]
fn a_public_key_is_called_one() {
    let (bench, _) = bench();
    let shown = bench.etui(["key", "show", "-j"]).ok().document();
    let recipient = format!("{}\n", shown["recipient"].as_str().unwrap());
    let card = format!("# mine\n{}\n", shown["card"].as_str().unwrap());
    for text in [
        SSH_PUBLIC,
        &recipient,
        &card,
        "ssh-rsa AAAAB3 me\n",
        "ecdsa-sha2-nistp256 AAAA me\n",
        "sk-ssh-ed25519@openssh.com AAAA me\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "---- BEGIN SSH2 PUBLIC KEY ----\nComment: me\nAAAA\n---- END SSH2 PUBLIC KEY ----\n",
    ] {
        let path = write(&bench, "id.pub", text);
        let private = path.strip_suffix(".pub").unwrap();
        // Anybody may read a public key.
        for mode in [0o600, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            bench.etui(["get", "TOKEN", "-g", "-i", "id.pub"]).fails(
                5,
                &format!(
                    "error: {path} is a public key, which opens nothing\n \
                     hint: the private key is beside it: `-i {private}`"
                ),
            );
        }
        bench.with(&[("ETUI_KEY", text)], ["get", "TOKEN", "-g"]).fails(
            5,
            "error: `ETUI_KEY` is a public key, which opens nothing\n \
             hint: a private age key begins with `AGE-SECRET-KEY-1`",
        );
    }
}

#[test]
fn a_key_can_come_from_standard_input() {
    let (bench, key) = bench();
    fs::rename(bench.key(), bench.work().join("k")).unwrap();
    bench.piped(&key, ["-i", "-", "get", "TOKEN", "-g"]).prints("one").says("");
    bench.piped(&key, ["-i", "-", "-i", "-", "set", "TOKEN", "-g", "--value", "two"]).ok();
    bench.piped(&key, ["-i", "-", "run", "--", "sh", "-c", "cat; echo $TOKEN"]).prints("two\n");
    bench
        .piped(format!("{UNUSED}\n{key}"), ["-i", "-", "get", "TOKEN", "-g"])
        .prints("two")
        .says("note: standard input, line 1, is not used: a post-quantum key, which the age library of etui does not support yet");
    for verb in ["status", "doctor", "key show"] {
        assert_eq!(bench.piped(&key, ["-i", "-"].into_iter().chain(verb.split(' '))).code, 0, "{verb}");
    }
    // The mode of a redirected file is not looked at: this is a way around a mode that cannot be changed.
    fs::set_permissions(bench.work().join("k"), fs::Permissions::from_mode(0o644)).unwrap();
    bench.sh("etui -i - get TOKEN -g <k").prints("two");
    // A file of that name.
    fs::copy(bench.work().join("k"), bench.work().join("-")).unwrap();
    fs::set_permissions(bench.work().join("-"), fs::Permissions::from_mode(0o600)).unwrap();
    bench.etui(["-i", "./-", "get", "TOKEN", "-g"]).prints("two");

    bench.etui(["-i", "-", "get", "TOKEN", "-g"]).fails(5, "error: standard input holds no key");
    bench.piped("hunter2", ["-i", "-", "get", "TOKEN", "-g"]).fails(
        5,
        "error: standard input is not a key file: line 1 is neither a key nor a comment\n \
         hint: an age key begins with `AGE-SECRET-KEY-1`",
    );
    // What is piped cannot be the value or the text as well, and nothing is changed.
    fs::write(bench.work().join("list"), "A=1\n").unwrap();
    for (option, line) in [
        ("-", "set TOKEN -g"),
        ("/dev/stdin", "set TOKEN -g"),
        ("-", "create NEW -g --file -"),
        ("-", "redact -g"),
        ("-", "import - -g"),
        ("-", "check - -g"),
        ("-", "resolve --env-file - -g"),
        ("-", "run --spec - -g env"),
        ("-", "secret create NEW -g"),
        ("-", "secrets set team --name NEW"),
    ] {
        bench.piped(&key, ["-i", option].into_iter().chain(line.split(' '))).fails(
            2,
            "error: standard input cannot be both the key and the data\n \
             hint: `-i FILE`; or `ETUI_KEY_COMMAND`, a command that prints the key",
        );
    }
    bench.piped(&key, ["-i", "-", "import", "list", "-g"]).ok();
    bench.piped(&key, ["-i", "-", "resolve", "--env-file", "list"]).prints("A=1\n");
    bench.piped(&key, ["-i", "-", "get", "TOKEN", "-g"]).prints("two");
    bench
        .piped(&key, ["-i", "-", "key", "passphrase"])
        .fails(2, "error: a key on standard input cannot be changed\n hint: name its file: `-i FILE`");
}

#[test]
#[ignore = "needs unshare"]
fn the_hint_for_a_key_on_a_read_only_file_system_works() {
    let (bench, key) = bench();
    let source = write(&bench, "source", key);
    let etui = bench.command([""; 0]);
    // As a container mounts a secret.
    let script = format!(
        "mount -t tmpfs tmpfs /mnt && cp {source} /mnt/key && chmod 444 /mnt/key && mount -o remount,ro /mnt && \
         \"$0\" -i /mnt/key get TOKEN -g; echo $?; chmod 600 /mnt/key 2>/dev/null; echo $?; \
         export ETUI_KEY_COMMAND='cat /mnt/key'; \"$0\" get TOKEN -g"
    );
    let mut unshare = Command::new("unshare");
    bench.as_user(&mut unshare).args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    let outcome = Outcome::from(unshare.arg(etui.get_program()).output().expect("unshare"));
    outcome.prints("5\n1\none").says(
        "error: others can read the key /mnt/key, and `chmod` cannot change that: its file system is read-only\n \
         hint: leave out `-i`, after `export ETUI_KEY_COMMAND='cat /mnt/key'`",
    );
}
