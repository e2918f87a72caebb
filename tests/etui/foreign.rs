//! `import` of what other programs made: their exports are read, and their ciphertext is refused together with the
//! command that decrypts it.

use std::fs;
use std::process::Command;

use crate::bench::{Bench, Outcome, bytes};

/// Writes a file and imports it into the team section.
fn import(bench: &Bench, name: &str, content: impl AsRef<[u8]>) -> Outcome {
    fs::write(bench.work().join(name), content).unwrap();
    bench.etui(["import", name, "-g"])
}

#[test]
fn a_file_that_another_program_encrypted_is_refused_with_the_command_that_decrypts_it() {
    let bench = Bench::acme();
    let before = bytes(bench.vault());
    let sops = "A: ENC[AES256_GCM,data:x,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:y,type:str]\n";
    for (name, content, what, line) in [
        ("a.age", &b"age-encryption.org/v1\n-> X25519 a\n\xff"[..], "age", "age -d -i KEY a.age | etui import - -g"),
        ("a.asc", b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "age", "age -d -i KEY a.asc | etui import - -g"),
        ("a.gpg", b"\x85\x01\x0c\x03\x25\x4a", "OpenPGP", "gpg -d a.gpg | etui import - -g"),
        ("b.asc", b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n", "OpenPGP", "gpg -d b.asc | etui import - -g"),
        (".env", b"\0GITCRYPT\0\xff", "git-crypt", "git-crypt unlock"),
        (
            "vault.yml",
            b"$ANSIBLE_VAULT;1.1;AES256\n6138\n",
            "ansible-vault",
            "ansible-vault view vault.yml | etui import - --format yaml -g",
        ),
        ("s.env", b"A=ENC[AES256_GCM,data:x]\nsops_mac=ENC[x]\n", "sops", "sops -d s.env | etui import - -g"),
        (
            ".env.enc",
            b"A=ENC[AES256_GCM,data:x]\nsops_mac=ENC[x]\n",
            "sops",
            "sops -d --input-type dotenv --output-type dotenv .env.enc | etui import - -g",
        ),
        ("s.ini", b"[app]\nA = ENC[AES256_GCM,data:x]\n[sops]\nmac = x\n", "sops", "sops -d s.ini | etui import - -g"),
        ("s.yaml", sops.as_bytes(), "sops", "sops -d s.yaml | etui import - --format yaml -g"),
        ("s.json", b"{\"A\": \"ENC[x]\", \"sops\": {\"mac\": \"x\"}}", "sops", "sops -d s.json | etui import - -g"),
        ("o.bin", b"Salted__\x8f\xff", "openssl", "openssl enc -d -aes-256-cbc -pbkdf2 -in o.bin | etui import - -g"),
        (
            "my file",
            b"U2FsdGVkX1+0SOs3xB0=\n",
            "openssl",
            "openssl enc -d -a -aes-256-cbc -pbkdf2 -in 'my file' | etui import - -g",
        ),
        (".env.encrypted", b"eyJpdiI6Ik1xZz09In0=", "Laravel", "php artisan env:decrypt"),
        (
            ".env.vault",
            b"#/-----.env.vault-----/\nDOTENV_VAULT_CI=\"aa\"\n",
            "dotenv-vault",
            "npx dotenv-vault local decrypt \"$DOTENV_KEY\" | etui import - -g",
        ),
    ] {
        let keep = match name {
            "my file" => "'my file'",
            name => name,
        };
        let outcome = import(&bench, name, content);
        outcome.exits(1, "").says(&format!(
            "error: {name}: encrypted with {what}\n \
             hint: `{line}`; or to store it as it is: `etui set NAME --file {keep} -g`"
        ));
    }
    assert_eq!(bytes(bench.vault()), before);
    // The hint works.
    bench.etui(["set", "NAME", "--file", "a.age", "-g"]).ok();
    assert_eq!(bench.etui(["get", "NAME", "-g"]).ok().out, b"age-encryption.org/v1\n-> X25519 a\n\xff");
}

#[test]
fn a_file_that_is_no_list_of_names_is_refused_with_what_to_type() {
    let bench = Bench::acme();
    let sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData: {A: AgBy}\n";
    for (name, content, message) in [
        (
            "key.pem",
            &b"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"[..],
            "a PEM file is one value, not a list of names\n hint: `etui set NAME --file key.pem -g`",
        ),
        (
            "lfs.env",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
            "a pointer of Git LFS, not the file\n hint: `git lfs pull`",
        ),
        (
            "utf16.env",
            b"\xff\xfeA\0=\0b\0\n\0",
            "UTF-16 text, not UTF-8\n hint: `iconv -f UTF-16LE -t UTF-8 utf16.env | etui import - -g`",
        ),
        (
            "nomark.env",
            b"\0A\0=\0b\0\n",
            "UTF-16 text, not UTF-8\n hint: `iconv -f UTF-16BE -t UTF-8 nomark.env | etui import - -g`",
        ),
        (
            "sealed.yaml",
            sealed.as_bytes(),
            "a SealedSecret, which only its cluster decrypts\n \
             hint: `kubectl get secret NAME -o yaml | etui import - --format yaml -g`; \
             or to store it as it is: `etui set NAME --file sealed.yaml -g`",
        ),
        (
            "aws.json",
            b"{\"ARN\": \"arn\", \"SecretString\": \"hunter2\"}",
            "`SecretString` is one value, not an object of names and values\n \
             hint: `aws secretsmanager get-secret-value --secret-id NAME --query SecretString --output text | \
             etui set NAME -g`",
        ),
        (
            "deployment.yaml",
            b"apiVersion: apps/v1\nkind: Deployment\n",
            "none of the manifests is a Secret or a ConfigMap",
        ),
        ("empty.env", b"", "the file is empty"),
        ("blank.env", b"\n \n", "the file is empty"),
        ("comments.env", b"# A=b\n", "nothing to import: it sets no name"),
        ("empty.json", b"{}", "nothing to import: it sets no name"),
        ("empty.yaml", b"# nothing\n", "nothing to import: it sets no name"),
    ] {
        import(&bench, name, content).fails(1, &format!("error: {name}: {message}"));
    }
    import(&bench, "token", "hunter2\n").exits(1, "").says(
        "warning: token:1: not an assignment: no `=`\n\
         error: token: nothing to import: it sets no name\n hint: `etui set NAME --file token -g`",
    );
    import(&bench, "a.p12", b"\x30\x82\n\xff")
        .fails(1, "error: a.p12:1: not UTF-8 text\n hint: `etui set NAME --file a.p12 -g`");
}

#[test]
fn a_value_that_another_program_encrypted_is_refused_at_its_line() {
    let bench = Bench::acme();
    let dotenvx = format!("encrypted:{}==", "BIv6NBEJZLsrTTRn".repeat(9));
    let text = format!("# .env\nHELLO=plain\nA={dotenvx}\nB=\"{dotenvx}\"\n");
    import(&bench, ".env", &text)
        .exits(
            1,
            "HELLO\tnew\t\nA\trefused\tline 3: encrypted with dotenvx\nB\trefused\tline 4: encrypted with dotenvx\n",
        )
        .says(
            "error: 2 of 3 entries were refused; nothing was changed\n \
             hint: fix the file, or use `--skip-refused`; or `dotenvx decrypt -f .env --stdout | etui import - -g`",
        );
    bench.etui(["import", ".env", "-g", "--skip-refused"]).ok();
    bench.etui(["resolve"]).prints("HELLO=plain\n");

    for (name, text, line, what, command) in [
        ("a.env", "A=ENC[AES256_GCM,data:x,type:str]\n", 1, "encrypted with sops", "sops -d a.env | etui import - -g"),
        (
            "a.yaml",
            "A: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6138\n",
            1,
            "encrypted with ansible-vault",
            "ansible-vault decrypt | etui set NAME -g",
        ),
        (
            "b.yaml",
            "# x\nA: >\n  ENC[PKCS7,MIIBeQYJKoZI\n  hvcNAQcD]\n",
            2,
            "encrypted with eyaml",
            "eyaml decrypt --stdin | etui set NAME -g",
        ),
        (
            "a.json",
            "{\"A\": \"-----BEGIN AGE ENCRYPTED FILE-----\\nYWdl\\n\"}",
            1,
            "encrypted with age",
            "age -d -i KEY | etui set NAME -g",
        ),
        ("pgp.env", "A='-----BEGIN PGP MESSAGE-----\nhQ=='", 1, "encrypted with OpenPGP", "gpg -d | etui set NAME -g"),
        (
            "t.env",
            "A=vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==\n",
            1,
            "encrypted with the transit engine of Vault",
            "vault write -field=plaintext transit/decrypt/KEY ciphertext=VALUE | base64 -d | etui set NAME -g",
        ),
        (
            "op.env",
            "\nA=\"op://Private/stripe/key\"\n",
            2,
            "a reference to 1Password, not the value",
            "op inject -i op.env | etui import - -g",
        ),
        ("n.json", "{\"db\": {\"A\": \"x\"}}", 1, "an object is not a value", "jq .db n.json | etui import - -g"),
        ("l.json", "{\"envs\": [ {}]}", 1, "a list is not a value", "jq .envs l.json | etui import - -g"),
        (
            "n.yaml",
            "my-db:\n  A: x\n",
            1,
            "a map is not a value",
            "yq '.[\"my-db\"]' n.yaml | etui import - --format yaml -g",
        ),
    ] {
        let outcome = import(&bench, name, text);
        assert!(outcome.text().ends_with(&format!("\trefused\tline {line}: {what}\n")), "{name}: {}", outcome.text());
        let hint = format!("or use `--skip-refused`; or `{command}`\n");
        assert!(outcome.code == 1 && outcome.err.ends_with(&hint), "{name}: {}", outcome.err);
    }
}

#[test]
fn a_program_gets_no_ciphertext_from_a_file() {
    let bench = Bench::acme();
    let work = bench.work();
    fs::write(work.join("a.env"), "B=1\nA=ENC[AES256_GCM,data:x,type:str]\n").unwrap();
    fs::write(work.join("a.yaml"), "env:\n  A: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    6138\n").unwrap();
    fs::write(work.join("a.age"), "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n").unwrap();
    fs::write(work.join("op.env"), "A=op://Private/stripe/key\n").unwrap();
    for (option, file, message) in [
        ("--env-file", "a.env", "a.env:2: A: encrypted with sops\n hint: `sops -d a.env`"),
        ("--spec", "a.yaml", "a.yaml:2: A: encrypted with ansible-vault\n hint: `ansible-vault decrypt`"),
        ("--env-file", "a.age", "a.age: encrypted with age\n hint: `age -d -i KEY a.age`"),
    ] {
        bench.etui(["resolve", option, file]).fails(1, &format!("error: {message}"));
        bench.etui(["run", option, file, "--", "true"]).fails(1, &format!("error: {message}"));
    }
    // `op run` resolves a reference in its environment.
    bench.etui(["run", "--env-file", "op.env", "--", "sh", "-c", "echo $A"]).prints("op://Private/stripe/key\n");
    // `check` needs the names alone.
    assert_eq!(bench.etui(["check", "a.env"]).code, 1);
}

#[test]
fn manifests_and_exports_are_imported_decoded() {
    let bench = Bench::acme();
    let secret = "apiVersion: v1\ndata:\n  A: aGk=\n  B: c2VjcmV0Cg==\nkind: Secret\nmetadata:\n  name: web\n";
    import(&bench, "secret.yaml", secret).prints("A\tnew\t\nB\tnew\t\n").says(
        "warning: secret.yaml:4: B: the value ends with a newline, which is kept\n\
         imported into team acme: 2 new",
    );
    bench.etui(["get", "A", "-g"]).prints("hi");
    bench.etui(["get", "B", "-g"]).prints("secret\n");
    // Standard input has no name that ends in yaml.
    bench.piped(secret, ["import", "-", "-g"]).prints("A\tsame\t\nB\tsame\t\n");
    bench.piped("[{\"key\": \"A\", \"value\": \"hi\"}]\n", ["import", "-", "-g"]).prints("A\tsame\t\n");
    bench.piped("{\"A\": {\"computed\": \"hi\", \"raw\": \"${B}\"}}", ["import", "-", "-g"]).prints("A\tsame\t\n");
    // A value may be a manifest.
    import(&bench, ".env", "KUBECONFIG_DATA='\napiVersion: v1\nkind: Config\n'\n").prints("KUBECONFIG_DATA\tnew\t\n");
    let tls = "apiVersion: v1\nkind: Secret\ndata:\n  tls.key: aGk=\n  C: /w==\n";
    import(&bench, "tls.yaml", tls).exits(
        1,
        "tls.key\trefused\tline 4: not a secret name: character 4 is not allowed\n\
         C\trefused\tline 5: not UTF-8 text: decode it to a file, and use `set --file`\n",
    );
}

#[test]
fn an_error_about_a_foreign_file_is_a_document_too() {
    let bench = Bench::acme();
    fs::write(bench.work().join("a.age"), "age-encryption.org/v1\n").unwrap();
    bench.etui(["import", "a.age", "-g", "-j"]).fails_in_json(
        1,
        &serde_json::json!({
            "error": {
                "code": "bad_input",
                "exit": 1,
                "message": "a.age: encrypted with age",
                "hint": "`age -d -i KEY a.age | etui import - -g`; or to store it as it is: `etui set NAME --file a.age -g`",
            },
        }),
    );
}

// The real programs.

/// Runs a line of a shell in the directory of the bench, where `etui` is the program under test.
fn typed(bench: &Bench, line: &str) -> Outcome {
    let path = format!("{}:{}", env!("CARGO_BIN_EXE_etui").trim_end_matches("/etui"), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-euc", line]).current_dir(bench.work());
    bench.as_user(&mut command).env("PATH", path);
    crate::bench::feed(&mut command, b"")
}

#[test]
#[ignore = "needs age, gpg, openssl, iconv and jq"]
fn the_line_of_a_hint_imports_what_the_real_program_made() {
    let bench = Bench::acme();
    for (make, file, line) in [
        (
            "age-keygen -o KEY 2>/dev/null; age -r $(age-keygen -y KEY) -o a.age plain",
            "a.age",
            "age -d -i KEY a.age | etui import - -g",
        ),
        ("age -a -r $(age-keygen -y KEY) -o armor plain", "armor", "age -d -i KEY armor | etui import - -g"),
        (
            "mkdir -p -m 700 .gnupg; gpg -q --batch --passphrase '' --quick-gen-key t@example.com default default never; \
             gpg -q --batch -r t@example.com -o a.gpg -e plain",
            "a.gpg",
            "gpg -d a.gpg | etui import - -g",
        ),
        ("gpg -q --batch -r t@example.com -o a.asc -a -e plain", "a.asc", "gpg -d a.asc | etui import - -g"),
        ("iconv -t UTF-16 plain > utf16", "utf16", "iconv -f UTF-16LE -t UTF-8 utf16 | etui import - -g"),
        ("iconv -t UTF-16BE plain > be", "be", "iconv -f UTF-16BE -t UTF-8 be | etui import - -g"),
        ("jq -n '{db: {A: \"b\"}}' > n.json", "n.json", "jq .db n.json | etui import - -g"),
    ] {
        fs::write(bench.work().join("plain"), "A=b\n").unwrap();
        let home = "export GNUPGHOME=$PWD/.gnupg; ";
        typed(&bench, &format!("{home}{make}")).ok();
        let refused = bench.etui(["import", file, "-g"]);
        assert!(refused.code == 1 && refused.err.contains(&format!("`{line}`")), "{file}: {}", refused.err);
        typed(&bench, &format!("{home}{line}")).ok();
        bench.etui(["get", "A", "-g"]).prints("b");
        bench.etui(["delete", "A", "-g"]).ok();
    }
}

#[test]
#[ignore = "needs openssl"]
fn openssl_ciphertext_is_recognised() {
    let bench = Bench::acme();
    for (options, file) in [("", "binary"), ("-a", "base64")] {
        let line = format!("echo A=b | openssl enc -aes-256-cbc -pbkdf2 -k x {options} -out {file}");
        typed(&bench, &line).ok();
        let refused = bench.etui(["import", file, "-g"]);
        assert!(refused.err.contains("encrypted with openssl"), "{file}: {}", refused.err);
    }
}
