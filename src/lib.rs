//! etui: a local-first, age-encrypted vault for a team's secrets.
//!
//! The program `etui` is a thin client of this library. From the top down:
//!
//! | module | what it owns |
//! | --- | --- |
//! | [`cli`], [`commands`] | the command line: what can be typed, and one file for each verb |
//! | [`console`] | the same operations for a page in the browser |
//! | [`ops`] | every operation of etui as a function, with typed input and a typed outcome |
//! | [`session`] | where a vault is found, opened, checked against the pins, changed and written |
//! | [`ui`], [`process`], [`git`], [`guard`], [`formats`], [`store`], [`keys`] | the terminal, child processes, git, the search for values, what programs read, files and locks, age and signatures |
//! | [`report`] | messages, errors and hints as data |
//! | [`vault`] | the model: names, sections, precedence, history, merging, trust. Start reading here |
//!
//! # A vault in memory
//!
//! A vault can be opened from bytes, changed and sealed again without touching a file. Whether its writer is to be
//! trusted is then the caller's decision; [`Session::view`](session::Session::view) and
//! [`Session::edit`](session::Session::edit) also find the vault, compare it with the pins of this machine, and
//! write it.
//!
//! ```
//! use std::path::Path;
//!
//! use etui::keys::{Identity, Key, Plugins, Purpose};
//! use etui::session::envelope::{self, Extent};
//! use etui::session::{Draft, VaultLocation};
//! use etui::vault::change::Precondition;
//! use etui::vault::text::SectionCache;
//! use etui::vault::{ActorId, Context, Details, SectionId, Stamp, Value, VariableContent};
//!
//! # let (bytes, key_file) = (std::fs::read("fixtures/demo/demo.age")?, std::fs::read("fixtures/demo/identity.txt")?);
//! // Open it: it decrypts, and a writer of it signed it.
//! let keys: Vec<Key> = Identity::parse_all(&key_file)?.into_iter().map(Key::Age).collect();
//! let location = VaultLocation::of(Path::new("demo.age"));
//! let open = |bytes| envelope::open(&location, Purpose::Vault, bytes, &keys, Extent::WithHistory, None);
//! let opened = open(bytes[..].into())?;
//! let mut vault = opened.whole()?;
//!
//! // Resolve the environment of project web on cluster gpu.
//! let context = Context { project: Some("web".parse()?), cluster: Some("gpu".parse()?) };
//! for variable in vault.sections.resolve(&context, None)? {
//!     if let VariableContent::Value(value) = variable.given {
//!         println!("{} has {} bytes", variable.name, value.expose().len());
//!     }
//! }
//!
//! // Change a secret. The earlier value stays in its history.
//! let (writer, by) = envelope::writer(&vault.head, &location, &keys)?;
//! let stamp = Stamp { by: by.clone(), at: etui::report::now() };
//! let (project, name) = (SectionId::Project("web".parse()?), "DATABASE_URL".parse()?);
//! let value = Value::text(b"postgres://new".to_vec().into())?;
//! vault.sections.set(&project, &name, value, Details::default(), Precondition::Any, &stamp)?;
//!
//! // Seal it: it is signed, encrypted to its members, and read back.
//! let mut draft = Draft { vault, writer, by, actor: Some(ActorId(1)) };
//! let sealed = draft.seal(Some(&opened), SectionCache::new(), &Plugins::default())?.expect("a secret has a new value");
//! let again = open(sealed.bytes[..].into())?.whole()?;
//! assert_eq!(again.sections.secret(&project, &name)?.value.expose(), b"postgres://new");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![doc = ""]
#![doc = include_str!("ARCHITECTURE.md")]

#[macro_use]
pub mod report;

pub mod cli;
pub mod commands;
#[cfg(feature = "ui")]
pub mod console;
pub mod formats;
pub mod git;
pub mod guard;
pub mod keys;
pub mod ops;
pub mod process;
pub mod session;
pub mod store;
pub mod ui;
pub mod vault;
