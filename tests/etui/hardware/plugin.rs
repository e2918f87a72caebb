//! An age plugin for the tests, which stands for a hardware key: the test binary itself.
//!
//! A script runs this module's ignored test, without the two lines that the harness prints before it. Files beside the
//! script say what the plugin does: `pin`, `message`, `confirm`, `refuse`, `die`, `labels`.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process;

use age::secrecy::ExposeSecret as _;
use age::{Identity as _, Recipient as _, x25519};
use age_core::format::{FileKey, Stanza};
use age_plugin::identity::{self, IdentityPluginV1};
use age_plugin::recipient::{self, RecipientPluginV1};
use age_plugin::{Callbacks, PluginHandler, run_state_machine};
use bech32::{Bech32, Hrp};

/// The name of the plugin, and of its stanzas.
const NAME: &str = "etuitest";

/// What the plugin is started for, if this process is the plugin.
const STATE: &str = "ETUI_TEST_PLUGIN";

/// The directory of the script.
const PLACE: &str = "ETUI_TEST_PLUGIN_DIRECTORY";

/// Makes a key: the line of a key file, and the recipient. The hardware of a test releases its key, of course.
pub fn generate() -> (String, String) {
    let key = x25519::Identity::generate();
    let bytes = |text: &str| bech32::decode(text).unwrap().1;
    let text = |hrp: &str, data: &[u8]| bech32::encode::<Bech32>(Hrp::parse(hrp).unwrap(), data).unwrap();
    let identity = text("age-plugin-etuitest-", &bytes(&key.to_string().expose_secret().to_lowercase()));
    (identity.to_uppercase(), text("age1etuitest", &bytes(&key.to_public().to_string())))
}

/// Encrypts a text to a recipient of the plugin, armored, as `age -a -r` does.
pub fn armored(text: &[u8], recipient: &str) -> String {
    let bytes = bech32::decode(recipient).unwrap().1;
    let mut encrypter = Encrypter { hardware: Hardware { directory: PathBuf::new() }, recipients: Vec::new() };
    assert!(encrypter.add_recipient(0, NAME, &bytes).is_ok());
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&encrypter as _)).unwrap();
    let armor = age::armor::ArmoredWriter::wrap_output(Vec::new(), age::armor::Format::AsciiArmor).unwrap();
    let mut writer = encryptor.wrap_output(armor).unwrap();
    writer.write_all(text).unwrap();
    String::from_utf8(writer.finish().unwrap().finish().unwrap()).unwrap()
}

/// Puts the program `age-plugin-etuitest` into a directory.
pub fn install(directory: &Path) {
    let tests = std::env::current_exe().unwrap();
    let script = format!(
        "#!/bin/sh\nexport {STATE}=\"${{1#--age-plugin=}}\" {PLACE}='{}'\n'{}' hardware::plugin::serves --exact --ignored --nocapture \
         --test-threads 2 | {{ read -r empty; read -r running; exec cat; }}\n",
        directory.canonicalize().unwrap().display(),
        tests.display(),
    );
    let path = directory.join("age-plugin-etuitest");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[ignore = "needs to be run by its script: it is the plugin"]
#[expect(clippy::exit, reason = "the harness must not print more")]
fn serves() {
    let Some(state) = std::env::var_os(STATE) else { return };
    let hardware = Hardware { directory: PathBuf::from(std::env::var_os(PLACE).unwrap()) };
    let state = state.into_string().unwrap();
    let starts = fs::OpenOptions::new().create(true).append(true).open(hardware.directory.join("starts"));
    writeln!(starts.unwrap(), "{state}").unwrap();
    if hardware.does("die").is_none() {
        run_state_machine(&state, hardware).unwrap();
    }
    process::exit(0);
}

struct Hardware {
    directory: PathBuf,
}

impl Hardware {
    fn does(&self, what: &str) -> Option<String> {
        fs::read_to_string(self.directory.join(what)).ok()
    }

    /// What comes before the work. An error if it may not be done.
    fn ask<E>(&self, callbacks: &mut impl Callbacks<E>) -> io::Result<Result<(), String>> {
        if let Some(message) = self.does("message") {
            let _ = callbacks.message(&message)?;
        }
        if let Some(question) = self.does("confirm")
            && !matches!(callbacks.confirm(&question, "it is there", Some("skip it"))?, Ok(true))
        {
            return Ok(Err("not confirmed".to_owned()));
        }
        if let Some(pin) = self.does("pin") {
            match callbacks.request_secret("Enter the PIN")? {
                Ok(typed) if typed.expose_secret() == pin => {}
                Ok(_) => return Ok(Err("wrong PIN".to_owned())),
                Err(_) => return Ok(Err("a PIN is required".to_owned())),
            }
        }
        Ok(self.does("refuse").map_or(Ok(()), Err))
    }
}

impl PluginHandler for Hardware {
    type IdentityV1 = Opener;
    type RecipientV1 = Encrypter;

    fn identity_v1(self) -> io::Result<Opener> {
        Ok(Opener { hardware: self, keys: Vec::new() })
    }

    fn recipient_v1(self) -> io::Result<Encrypter> {
        Ok(Encrypter { hardware: self, recipients: Vec::new() })
    }
}

struct Opener {
    hardware: Hardware,
    keys: Vec<x25519::Identity>,
}

impl IdentityPluginV1 for Opener {
    fn add_identity(&mut self, _: usize, _: &str, bytes: &[u8]) -> Result<(), identity::Error> {
        let text = bech32::encode::<Bech32>(Hrp::parse("age-secret-key-").unwrap(), bytes).unwrap();
        self.keys.push(text.to_uppercase().parse().unwrap());
        Ok(())
    }

    fn unwrap_file_keys(
        &mut self,
        files: Vec<Vec<Stanza>>,
        mut callbacks: impl Callbacks<identity::Error>,
    ) -> io::Result<HashMap<usize, Result<FileKey, Vec<identity::Error>>>> {
        let mut opened = HashMap::new();
        for (index, stanzas) in files.into_iter().enumerate() {
            // Like a YubiKey, it only asks where there is something for it.
            let own = stanzas.into_iter().filter(|stanza| stanza.tag == NAME);
            let own: Vec<Stanza> = own.map(|stanza| Stanza { tag: "X25519".to_owned(), ..stanza }).collect();
            let Some(Ok(key)) = self.keys.iter().find_map(|key| key.unwrap_stanzas(&own)) else { continue };
            let asked = self.hardware.ask(&mut callbacks)?;
            let refused = |message| vec![identity::Error::Identity { index: 0, message }];
            opened.insert(index, asked.map(|()| key).map_err(refused));
        }
        Ok(opened)
    }
}

struct Encrypter {
    hardware: Hardware,
    recipients: Vec<x25519::Recipient>,
}

impl age::Recipient for Encrypter {
    fn wrap_file_key(&self, key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
        let stanzas = self.recipients.iter().flat_map(|recipient| recipient.wrap_file_key(key).unwrap().0);
        Ok((stanzas.map(|stanza| Stanza { tag: NAME.to_owned(), ..stanza }).collect(), HashSet::new()))
    }
}

impl RecipientPluginV1 for Encrypter {
    fn add_recipient(&mut self, _: usize, _: &str, bytes: &[u8]) -> Result<(), recipient::Error> {
        let text = bech32::encode::<Bech32>(Hrp::parse("age").unwrap(), bytes).unwrap();
        self.recipients.push(text.parse().unwrap());
        Ok(())
    }

    fn add_identity(&mut self, _: usize, _: &str, _: &[u8]) -> Result<(), recipient::Error> {
        panic!("etui encrypts to recipients")
    }

    fn labels(&mut self) -> HashSet<String> {
        self.hardware.does("labels").into_iter().collect()
    }

    fn wrap_file_keys(
        &mut self,
        keys: Vec<FileKey>,
        _: impl Callbacks<recipient::Error>,
    ) -> io::Result<Result<Vec<Vec<Stanza>>, Vec<recipient::Error>>> {
        let wrap = |key: &FileKey| self.wrap_file_key(key).unwrap().0;
        Ok(Ok(keys.iter().map(wrap).collect()))
    }
}
