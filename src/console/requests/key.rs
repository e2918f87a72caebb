//! The key: opened with its passphrase.

use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::answer::{Answer, Refused};
use crate::console::worker::{Desk, End};
use crate::keys::{KeyFile, PassphraseError};
use crate::session::{KeyError, PASSPHRASE_TRIES};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlocking {
    passphrase: Zeroizing<String>,
}

/// Opens the key until the console is closed. After three wrong passphrases the console closes, as a command ends.
pub fn unlock(desk: &mut Desk, request: Unlocking) -> Answer {
    let (source, text) = desk.session.key_file()?;
    let keys = match desk.session.parse_key_file(&source, &text)? {
        KeyFile::Open(list) => list.keys,
        KeyFile::Locked(locked) => match locked.open(&request.passphrase, &desk.session.plugins()) {
            Ok(list) => list.keys,
            Err(PassphraseError::Damaged) => return Err(KeyError::Damaged { source }.into()),
            Err(PassphraseError::Wrong) => {
                desk.wrong += 1;
                if desk.wrong < PASSPHRASE_TRIES {
                    return Err(Refused::Passphrase { left: PASSPHRASE_TRIES - desk.wrong });
                }
                let wrong = || KeyError::WrongPassphrase { source: source.clone(), tries: PASSPHRASE_TRIES };
                desk.end = Some(End::Failed(wrong().into()));
                return Err(wrong().into());
            }
        },
    };
    desk.wrong = 0;
    desk.session.use_keys(keys);
    Ok(json!({"said": format!("unlocked {source} until the console is closed")}))
}
