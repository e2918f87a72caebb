//! Sealed environments: what one machine, which is no member, gets of a vault.

use std::fs;
use std::path::Path;

use super::context::{Cx, VaultLocation};
use super::environment::{Assigned, Environment};
use super::open::{self, Sealed};
use crate::formats::FormatError;
use crate::keys::{self, Purpose};
use crate::old::error::{Damage, Error};
use crate::vault::text::{self, Selection};
use crate::vault::{Head, Recipient, SecretName, SectionId, Stamp, sealed};

/// What a sealed environment is called where a format is.
const FORMAT: &str = "a sealed environment";

impl Cx {
    /// Seals an environment to a machine: signed by this vault's writer, encrypted to the machine alone.
    pub fn seal_environment(&self, head: &Head, variables: &[Assigned<'_>], recipient: &str) -> Result<Vec<u8>, Error> {
        let recipient = Recipient::new(recipient);
        keys::check_recipient(&recipient).map_err(|_| Error::RecipientBad)?;
        let (writer, by) = open::writer(head, self.place()?, self.identities()?)?;
        let named = |variable: &'_ Assigned<'_>| match SecretName::parse(variable.name) {
            Ok(name) => Ok(name),
            Err(_) => Err(Error::FormatCannot {
                format: FORMAT.into(),
                cannot: FormatError {
                    name: variable.name.to_string(),
                    why: "it is no name of a secret",
                    instead: "another name: a letter, then letters, digits and _",
                },
            }),
        };
        let names: Vec<SecretName> = variables.iter().map(named).collect::<Result<_, _>>()?;
        let variables = names.into_iter().zip(variables.iter().map(|variable| &variable.given));
        let vault = sealed::seal(head, &recipient, variables, &Stamp { by, at: self.ui.now });
        let body = text::print(&vault);
        let trailer = open::trailer(&keys::hash(body.as_bytes()), Purpose::Environment, writer);
        keys::seal(&[body.as_bytes(), trailer.as_bytes()], [&recipient]).map_err(|_| Error::RecipientBad)
    }

    /// Opens what was sealed for this machine; needs no vault.
    pub fn open_sealed(&self, path: &Path, only: Vec<String>) -> Result<Environment, Error> {
        let place = VaultLocation::of(&self.directory().join(path));
        let identities = self.identities()?;
        fs::metadata(place.file.path()).map_err(|error| Error::Input { what: path.into(), error })?;
        let opened = open::open(&place, Purpose::Environment, Sealed::file(place.file.open()?), identities, false)?;
        let view = opened.view(Selection::Current(&[SectionId::Team]))?;
        let is_ours = |recipient: &str| identities.iter().any(|own| own.recipient().as_str() == recipient);
        if !view.head.sealed_for().is_some_and(is_ours) {
            return Err(Error::NotVault { path: place.file.path().to_owned(), why: Damage::OtherMachine });
        }
        self.judge_sealed(place.file.path(), &view.head)?;
        Ok(Environment::sealed(view, only))
    }
}
