//! Sealed environments: what one machine that is not a member gets of a vault.

use std::fs;
use std::path::Path;

use super::envelope::{self, AgeSource, Damage, Extent, OpenError};
use super::environment::{Assigned, Environment};
use super::locate::VaultLocation;
use super::untrusted::{Reason, Untrusted};
use super::{Scope, Session};
use crate::formats::FormatError;
use crate::keys::{self, Identity, Purpose, RecipientError};
use crate::report::{Command, Error, Kind, Message, OfVault as _, now, plain_io};
use crate::vault::text::{self, Selection};
use crate::vault::{Closed, ClosedError, Context, SecretName, Section, SectionId, Stamp, Timestamp, sealed};

impl Session {
    /// Seals an environment to a machine: signed by this vault's writer, encrypted to the machine alone.
    ///
    /// # Errors
    /// If the key at hand may not write the vault, or a closed section in the context.
    pub fn seal_environment(
        &self,
        environment: &Environment,
        variables: &[Assigned<'_>],
        recipient: &str,
    ) -> Result<Vec<u8>, Error> {
        let (head, context) = (environment.head(), environment.context());
        let recipient = keys::canonical(recipient).map_err(bad_recipient)?;
        let (writer, by) = envelope::writer(head, self.location()?, self.keys()?)?;
        let stamp = Stamp { by, at: now() };
        let sections = self.sealed_sections(environment, writer, stamp.at)?;

        let name = |variable: &Assigned<'_>| {
            SecretName::parse(variable.name).map_err(|_| {
                super::environment::format_cannot(
                    "a sealed environment",
                    FormatError {
                        name: variable.name.to_owned(),
                        why: "it is not a valid secret name",
                        instead: "use another name: a letter, then letters, digits and `_`",
                    },
                )
            })
        };
        let names: Vec<SecretName> = variables.iter().map(name).collect::<Result<_, _>>()?;
        let variables = names.into_iter().zip(variables.iter().map(|variable| &variable.given));
        let mut vault = sealed::seal(head, &recipient, context, variables, &stamp);
        vault.head.set_sealed_sections(sections);
        let body = text::print(&vault);
        let (trailer, _) = envelope::sign(&body, Purpose::Environment, writer.open_signer()?);
        let write = |take: &mut dyn FnMut(&[u8])| [&body, &trailer].iter().for_each(|piece| take(piece.as_bytes()));
        let sealed = keys::seal_with([&recipient], body.len() + trailer.len(), &self.plugins(), write);
        let sealed = sealed.map_err(|error| match error {
            keys::SealError::Recipient(error) => bad_recipient(error),
            keys::SealError::Plugin(error) => error.into(),
        })?;
        envelope::check_size(&sealed.bytes)?;
        Ok(sealed.bytes)
    }

    /// What the writer proves of each closed section in the context, as texts.
    fn sealed_sections(
        &self,
        environment: &Environment,
        writer: &Identity,
        at: Timestamp,
    ) -> Result<Vec<String>, Error> {
        let (sections, context) = (environment.sections(), environment.context().sections());
        let closed = sections.closed().filter(|(id, _)| context.contains(id));
        let text = |(id, Closed { members, .. }): (&SectionId, &Closed)| {
            let inner = sections.get(id).and_then(Section::inner);
            let own = inner.and_then(|inner| Some((inner, inner.head.writer_with(&writer.writer_key())?.0)));
            let Some((inner, by)) = own else {
                let by = environment.head().writers_of(members);
                let error = ClosedError::Reader { section: id.clone(), by };
                return Err(error.in_team(&environment.head().team));
            };
            Ok(text::print(&sealed::inner_evidence(&inner.head, &Stamp { by: by.clone(), at })))
        };
        closed.map(text).collect()
    }

    /// Opens an environment that was sealed for this machine. It needs no vault. If a context is demanded, it must be
    /// of that one.
    pub fn open_sealed(&self, path: &Path, demanded: &Scope, only: Vec<String>) -> Result<Environment, Error> {
        let location = VaultLocation::of(&self.settings.directory.join(path));
        let file = location.file.path();
        let keys = self.keys()?;
        fs::metadata(file).map_err(|error| {
            Error::new(Kind::Failed, "input", format!("cannot read {}: {}", path.display(), plain_io(&error)))
        })?;
        let source = AgeSource::from(location.file.open()?);
        let opened = envelope::open(&location, Purpose::Environment, source, keys, Extent::Current, None)?;
        let view = opened.view(Selection::Current(&[SectionId::Team]))?;

        let is_ours =
            |recipient: &str| keys.iter().any(|own| own.recipient().is_some_and(|own| own.as_str() == recipient));
        if !view.head.sealed_for().is_some_and(is_ours) {
            return Err(OpenError::Damaged { at: location.origin(), damage: Damage::OtherMachine }.into());
        }
        if *demanded != Scope::default() {
            let Scope { cluster, project, .. } = demanded.clone();
            let (demanded, found) = (sealed::name(&Context { cluster, project }), view.head.sealed_context());
            if found != Some(&*demanded) {
                let reason = Reason::OtherContext { demanded, found: found.unwrap_or("nothing").to_owned() };
                return Err(Untrusted::sealed(location.origin(), &view.head, reason).into());
            }
        }
        self.check_sealed(&location, &view.head)?;
        Ok(Environment::sealed(view, only))
    }
}

fn bad_recipient(error: RecipientError) -> Error {
    let show = Command::without_vault("key show");
    let message = if error.is_kind() { format!("this is {error}") } else { "this is not an age recipient".to_owned() };
    Error::new(Kind::Usage, "bad_recipient", message)
        .hint("it begins with `age1`")
        .hint(Message::from("on the machine, this prints its own: ").command(show))
}
