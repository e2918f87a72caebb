//! Kubernetes manifests: the data of each Secret and ConfigMap, decoded.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use super::assignments::{Assignments, Entry, Note};
use super::foreign::{ExportError, Foreign};
use super::invisible::invisible_ends;
use super::spec::map;
use super::syntax_error::SyntaxError;
use super::tree::{Content, Node, Tree};
use super::yaml::{MAX_SIZE, TOO_LARGE, assignments};

/// Returns whether a document is a manifest of any kind.
pub(super) fn is_manifest(tree: &Tree, root: &Node) -> bool {
    ["apiVersion", "kind"].iter().all(|name| tree.value(root, name).and_then(Node::text).is_some())
}

/// Reads all manifests of a text. Only Secrets and ConfigMaps have data.
///
/// # Errors
/// If none has data, or if the data of one is still encrypted.
pub(super) fn parse(documents: &[Tree]) -> Result<Assignments, ExportError> {
    let mut manifests = Manifests { parsed: Assignments::default(), with_data: 0, size: 0 };
    for tree in documents {
        if let Some(root) = tree.root() {
            manifests.add(tree, root)?;
        }
    }
    if manifests.with_data == 0 {
        let what = "none of the manifests is a Secret or a ConfigMap".to_owned();
        return Err(SyntaxError { line: None, what }.into());
    }
    let mut parsed = manifests.parsed.last_of_each();
    parsed.entries.sort_by_key(|entry| entry.line);
    Ok(parsed)
}

struct Manifests {
    parsed: Assignments,
    /// How many Secrets and ConfigMaps were read.
    with_data: usize,
    /// The size of all names and values.
    size: usize,
}

impl Manifests {
    fn add(&mut self, tree: &Tree, node: &Node) -> Result<(), ExportError> {
        let items = tree.value(node, "items").map(|items| &items.content);
        match (tree.value(node, "kind").and_then(Node::text).unwrap_or_default(), items) {
            ("Secret", _) => {
                let text = read(tree, node, "stringData")?;
                let mut data = decoded(read(tree, node, "data")?);
                // As in a cluster, text wins over data of the same name.
                let names: HashSet<&str> = text.entries.iter().map(|entry| entry.name.as_str()).collect();
                data.entries.retain(|entry| !names.contains(entry.name.as_str()));
                self.take(node, [data, text])?;
            }
            ("ConfigMap", _) => {
                self.take(node, [read(tree, node, "data")?, decoded(read(tree, node, "binaryData")?)])?;
            }
            ("SealedSecret", _) => return Err(Foreign::SealedSecret.into()),
            (kind, Some(Content::List(items))) if kind.ends_with("List") => {
                // An item cannot be an alias: many aliases of a long one would take minutes.
                for item in items {
                    self.add(tree, tree.node(*item))?;
                }
            }
            _ => {
                let note = Note::new(node.line, "ignored: neither a Secret nor a ConfigMap");
                self.parsed.notes.push(note);
            }
        }
        Ok(())
    }

    fn take(&mut self, manifest: &Node, read: [Assignments; 2]) -> Result<(), SyntaxError> {
        self.with_data += 1;
        for Assignments { entries, notes, .. } in read {
            self.size += entries.iter().map(size).sum::<usize>();
            self.parsed.entries.extend(entries);
            self.parsed.notes.extend(notes);
        }
        // The data of many manifests may be aliases of the same map.
        if self.size > MAX_SIZE { Err(SyntaxError::at(manifest.line, TOO_LARGE)) } else { Ok(()) }
    }
}

fn size(entry: &Entry) -> usize {
    entry.name.len() + entry.value.as_ref().map_or(0, |value| value.len())
}

/// Reads one of the maps of a manifest.
fn read(tree: &Tree, manifest: &Node, name: &str) -> Result<Assignments, SyntaxError> {
    match tree.value(manifest, name) {
        None => Ok(Assignments::default()),
        Some(data) => assignments(map(tree, data, "the data must be a map of names and values")?, Vec::new()),
    }
}

/// Decodes the values, and notes the ends that nobody saw while they were encoded.
fn decoded(mut data: Assignments) -> Assignments {
    for entry in &mut data.entries {
        let value = std::mem::replace(&mut entry.value, Err(""));
        entry.value = value.and_then(|value| decode(&value));
        let ends = entry.value.as_ref().ok().and_then(|value| invisible_ends(value));
        if let Some(ends) = ends {
            let note = format!("{}: the value {ends}, which is kept", entry.name);
            data.notes.push(Note::mistake(entry.line, &note));
        }
    }
    data
}

fn decode(text: &str) -> Result<Zeroizing<String>, &'static str> {
    let text: Zeroizing<String> = Zeroizing::new(text.split_ascii_whitespace().collect());
    let bytes = BASE64.decode(&*text).map_err(|_| "not base64")?;
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text: decode it to a file, and use `set --file`")?;
    Ok(Zeroizing::new(text))
}

#[cfg(test)]
mod tests {
    use super::super::export;

    fn show(text: &str) -> Result<String, String> {
        let parsed = export::parse(text).map_err(|error| error.to_string())?;
        Ok(parsed.map_or("not a manifest".to_owned(), |parsed| parsed.show()))
    }

    #[test]
    fn reads_the_data_of_secrets_and_config_maps() {
        for (text, shown) in [
            (
                "apiVersion: v1\ndata:\n  A: aGk=\n  B: ''\nkind: Secret\nmetadata:\n  name: web\ntype: Opaque\n",
                "3: A=hi\n4: B=",
            ),
            (
                "apiVersion: v1\nkind: Secret\ndata:\n  A: YQ==\n  B: Yg==\nstringData:\n  B: plain\n  C: '1'\n",
                "4: A=a\n7: B=plain\n8: C=1",
            ),
            ("apiVersion: v1\nkind: Secret\nstringData:\n  A: |\n    x\n    y\n", "4: A=x\ny\n"),
            ("apiVersion: v1\nkind: Secret\ndata:\n  A: |\n    aG\n    k=\n", "4: A=hi"),
            ("apiVersion: v1\nkind: Secret\ndata:\n", ""),
            ("apiVersion: v1\nkind: Secret\n", ""),
            (
                "apiVersion: v1\nkind: ConfigMap\ndata:\n  A: aGk=\n  P: 8080\nbinaryData:\n  C: Yw==\n",
                "4: A=aGk=\n5: P=8080\n7: C=c",
            ),
            ("apiVersion: v1\nbinaryData:\n  B: Yg==\ndata:\n  A: a\nkind: ConfigMap\n", "3: B=b\n5: A=a"),
            // kubectl get -o json
            (
                "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n{\"apiVersion\": \"v1\", \"kind\": \"Secret\",\n\
                 \"data\": {\"A\": \"YQ==\"}},\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"data\": {\"B\": \"b\"}}],\n\
                 \"kind\": \"List\"}",
                "5: A=a\n6: B=b",
            ),
            ("apiVersion: v1\nkind: SecretList\nitems:\n- kind: Secret\n  data: {A: YQ==}\n", "5: A=a"),
            // helm template, kustomize build
            (
                "---\n# Source: a\napiVersion: v1\nkind: Secret\nstringData: {A: a}\n---\napiVersion: apps/v1\n\
                 kind: Deployment\n---\napiVersion: v1\nkind: ConfigMap\ndata: {A: b, C: c}\n---\n",
                "12: A=b\n12: C=c\n7: ignored: neither a Secret nor a ConfigMap\n12! A is also set on line 5; the last value wins",
            ),
            (
                "apiVersion: v1\nkind: Secret\ndata:\n  A: c2VjcmV0Cg==\n",
                "4: A=secret\n\n4! A: the value ends with a newline, which is kept",
            ),
            (
                "apiVersion: v1\nkind: Secret\ndata:\n  A: secret!\n  B: /w==\n  C: aGk\n  D: [x]\n  E: null\n",
                "4: A: not base64\n5: B: not UTF-8 text: decode it to a file, and use `set --file`\n6: C: not base64\n\
                 7: D: a list is not a value\n8: E: null is not a value",
            ),
        ] {
            assert_eq!(show(text).as_deref(), Ok(shown), "{text}");
        }
    }

    #[test]
    fn refuses_manifests_without_data() {
        let none = "none of the manifests is a Secret or a ConfigMap";
        for (text, what) in [
            ("apiVersion: apps/v1\nkind: Deployment\nspec: {}\n", none),
            ("apiVersion: v1\nkind: List\nitems: []\n", none),
            ("apiVersion: v1\nkind: Secret\ndata: secret\n", "line 3: the data must be a map of names and values"),
            ("apiVersion: v1\nkind: Secret\ndata: {[x]: y}\n", "line 3: a name must be text"),
        ] {
            assert_eq!(show(text), Err(what.to_owned()), "{text}");
        }
    }

    #[test]
    fn many_manifests_with_the_same_data_fill_no_memory() {
        let large = format!("apiVersion: v1\nkind: Secret\nstringData: &d {{A: {}}}\n", "x".repeat(1 << 20));
        let many: String = (0..100).map(|_| "- {kind: Secret, stringData: *d}\n".to_owned()).collect();
        let text = format!("{large}---\napiVersion: v1\nkind: List\nitems:\n{many}");
        assert_eq!(show(&text).as_deref(), Ok("not a manifest"), "an anchor ends with its document");
        let text = format!("apiVersion: v1\nkind: List\nx: &d {{A: {}}}\nitems:\n{many}", "x".repeat(1 << 20));
        assert_eq!(show(&text), Err("line 68: the aliases make the values larger than 64 MiB".into()));
    }
}
