//! Documents in JSON or YAML in which another program lists secrets, each in its own shape.
//!
//! A shape is recognised by names that only its program writes. A document of no such shape is a plain map, which
//! the parsers of JSON and YAML read.

use super::assignments::Assignments;
use super::foreign::{ExportError, Foreign};
use super::spec::map;
use super::syntax_error::SyntaxError;
use super::tree::{Content, Node, Pair, Tree};
use super::yaml::assignments;
use super::{json, kubernetes};

/// The names that a list of secrets has for the name and the value of each: those of Infisical, of its interface,
/// and of most others.
const LISTS: [(&str, &str); 3] = [("key", "value"), ("secretKey", "secretValue"), ("name", "value")];

/// Parses a document if it has the shape of a known program: Kubernetes, Doppler, Infisical, 1Password, AWS Secrets
/// Manager, HashiCorp Vault. None if it has not, or is not YAML.
///
/// # Errors
/// If it has such a shape, but cannot be read.
pub fn parse(text: &str) -> Result<Option<Assignments>, ExportError> {
    // JSON is YAML, but for a few characters that no export holds.
    let Ok(documents) = Tree::documents(text) else { return Ok(None) };
    let roots = || documents.iter().filter_map(|tree| Some((tree, tree.root()?)));
    if roots().any(|(tree, root)| is_sops(tree, root)) {
        return Err(Foreign::Sops.into());
    }
    let Some((tree, root)) = roots().next() else { return Ok(None) };
    if kubernetes::is_manifest(tree, root) {
        return kubernetes::parse(&documents).map(Some);
    }
    if roots().count() > 1 {
        return Ok(None);
    }

    let at = |name: &str| tree.value(root, name);
    if let (Some(_), Some(text)) = (at("ARN"), at("SecretString")) {
        return secret_string(text).map(Some);
    }
    let pairs = match &root.content {
        Content::List(items) => list(tree, items)?,
        Content::Map(parts) => {
            if let (Some(_), Some(_), Some(data)) = (at("request_id"), at("lease_duration"), at("data")) {
                // The newer engine of Vault wraps the data of a secret in an object beside its metadata.
                let inner = tree.value(data, "metadata").and_then(|_| tree.value(data, "data"));
                Some(map(tree, inner.unwrap_or(data), "`data` must be an object")?)
            } else if let (Some(_), Some(_), Some(Node { content: Content::List(fields), .. })) =
                (at("category"), at("vault"), at("fields"))
            {
                Some(fields_of_item(tree, fields))
            } else {
                computed(tree, tree.pairs(parts)?)
            }
        }
        _ => None,
    };
    pairs.map(|pairs| Ok(assignments(pairs, Vec::new())?)).transpose()
}

/// Whether sops encrypted the document: it says so beside the data.
fn is_sops(tree: &Tree, root: &Node) -> bool {
    let sops = tree.value(root, "sops");
    sops.is_some_and(|sops| ["mac", "version", "lastmodified"].iter().any(|name| tree.value(sops, name).is_some()))
}

/// Reads a list of objects with a name and a value each. None if it is another list.
fn list<'t>(tree: &'t Tree, items: &[usize]) -> Result<Option<Vec<Pair<'t>>>, SyntaxError> {
    // An item cannot be an alias: many aliases of a long one would take minutes.
    let items: Vec<&Node> = items.iter().map(|at| tree.node(*at)).collect();
    let has = |node: &Node, (name, value): (&str, &str)| {
        tree.value(node, name).and_then(Node::text).is_some() && tree.value(node, value).is_some()
    };
    let Some(names) = LISTS.into_iter().find(|names| items.iter().all(|item| has(item, *names))) else {
        return Ok(None);
    };
    if items.is_empty() {
        return Ok(None);
    }
    let read = |item: &&'t Node| {
        let name = tree.value(item, names.0).and_then(Node::text)?;
        let value = tree.value(item, names.1)?;
        // Vercel lists what it has encrypted like this.
        let is_encrypted = tree.value(item, "decrypted").and_then(Node::text) == Some("false");
        let value = if is_encrypted { Err("still encrypted: use `vercel env pull`") } else { Ok(value) };
        Some(Pair { line: item.line, name, value })
    };
    Ok(Some(items.iter().filter_map(read).collect()))
}

/// Reads the fields of an item of 1Password that have a value.
fn fields_of_item<'t>(tree: &'t Tree, fields: &[usize]) -> Vec<Pair<'t>> {
    let read = |at: &usize| {
        let field = tree.node(*at);
        let name =
            tree.value(field, "label").and_then(Node::text).or_else(|| tree.value(field, "id").and_then(Node::text))?;
        Some(Pair { line: field.line, name, value: Ok(tree.value(field, "value")?) })
    };
    fields.iter().filter_map(read).collect()
}

/// Reads a map of Doppler: each secret as it is written and as it is computed. None if it is another map.
fn computed<'t>(tree: &'t Tree, pairs: Vec<Pair<'t>>) -> Option<Vec<Pair<'t>>> {
    if pairs.is_empty() {
        return None;
    }
    let read = |Pair { line, name, value }| {
        let value = tree.value(value.ok()?, "computed")?;
        Some(Pair { line, name, value: Ok(value) })
    };
    pairs.into_iter().map(read).collect()
}

/// Reads the JSON that AWS Secrets Manager holds as one text.
fn secret_string(node: &Node) -> Result<Assignments, ExportError> {
    let json = node.text().unwrap_or_default();
    let mut parsed = json::parse(json).map_err(|_| Foreign::AwsText)?;
    // Lines inside the text are not lines of the file.
    parsed.entries.iter_mut().for_each(|entry| entry.line = node.line);
    parsed.notes.iter_mut().for_each(|note| note.line = node.line);
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> Result<Option<String>, String> {
        parse(text).map(|parsed| parsed.map(|parsed| parsed.show())).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_the_exports_of_other_programs() {
        for (text, shown) in [
            // doppler secrets --json
            (
                r#"{"A": {"computed": "x-y", "computedVisibility": "masked", "note": "", "raw": "${B}-y"},
                    "B": {"computed": null, "computedVisibility": "restricted", "raw": null}}"#,
                "1: A=x-y\n2: B: null is not a value",
            ),
            // infisical export --format json, and the list of GitLab, Azure or Bitwarden
            (
                "[\n  {\"key\": \"A\", \"workspace\": \"w\", \"value\": \"x\\ny\", \"type\": \"shared\"},\n\
                 \t{\"key\": \"B\", \"value\": \"\"}\n]\n",
                "2: A=x\ny\n3: B=",
            ),
            (r#"[{"secretKey": "A", "secretValue": "1", "_id": "x"}]"#, "1: A=1"),
            (r#"[{"name": "A", "slotSetting": false, "value": "1.10"}]"#, "1: A=1.10"),
            ("- name: A\n  value: 1.10\n- name: B\n  value: {x: y}\n", "1: A=1.10\n3: B: a map is not a value"),
            (
                r#"[{"key": "A", "value": "x", "decrypted": false}, {"key": "B", "value": "x", "decrypted": true}]"#,
                "1: A: still encrypted: use `vercel env pull`\n1: B=x",
            ),
            // op item get --format json
            (
                "{\"id\": \"a\", \"title\": \"db\", \"vault\": {\"id\": \"v\"}, \"category\": \"DATABASE\", \"fields\": [\n\
                 {\"id\": \"notesPlain\", \"type\": \"STRING\", \"label\": \"notesPlain\"},\n\
                 {\"id\": \"x1\", \"type\": \"CONCEALED\", \"label\": \"PASSWORD\", \"value\": \"s\"},\n\
                 {\"id\": \"USER\", \"value\": \"u\"}]}",
                "3: PASSWORD=s\n4: USER=u",
            ),
            // vault kv get -format json, of both engines
            (
                r#"{"request_id": "r", "lease_id": "", "lease_duration": 0, "renewable": false,
                    "data": {"data": {"A": "1", "B": 2.50}, "metadata": {"version": 3}}, "warnings": null}"#,
                "2: A=1\n2: B=2.50",
            ),
            (r#"{"request_id": "r", "lease_duration": 2764800, "data": {"data": "x", "A": "1"}}"#, "1: data=x\n1: A=1"),
            (r#"{"request_id": "r", "lease_duration": 0, "data": null}"#, ""),
            // aws secretsmanager get-secret-value
            (
                "{\n\"ARN\": \"arn:aws:x\",\n\"Name\": \"app\",\n\"SecretString\": \"{\\\"A\\\":\\\"x\\\",\\n\\\"B\\\":1.10}\"}",
                "4: A=x\n4: B=1.10",
            ),
        ] {
            assert_eq!(show(text), Ok(Some(shown.to_owned())), "{text}");
        }
    }

    #[test]
    fn many_aliases_of_a_long_name_fill_no_memory() {
        let items: String = (0..1_000).map(|_| "- {key: *a, value: ''}\n".to_owned()).collect();
        let text = format!("- {{key: &a {}, value: ''}}\n{items}", "x".repeat(1 << 20));
        assert_eq!(show(&text), Err("line 65: the aliases make the values larger than 64 MiB".into()));
    }

    #[test]
    fn leaves_a_plain_map_to_its_parser() {
        for text in [
            "",
            "{}",
            "[]",
            "secret",
            "{\"A\": \"b\"}",
            "A: b\n",
            "A: b\n---\nB: c\n",
            "{\"A\": {\"B\": \"c\"}}",
            "{\"A\": {\"computed\": \"x\"}, \"B\": \"c\"}",
            "[{\"key\": \"A\", \"value\": \"b\"}, {\"key\": \"B\"}]",
            "[1, 2]",
            "{\"sops\": \"is a tool\", \"A\": \"b\"}",
            "{\"kind\": \"x\", \"A\": \"b\"}",
            "{\"data\": {\"A\": \"b\"}, \"request_id\": \"r\"}",
            "{\"SecretString\": \"x\"}",
            "{\"fields\": [{\"label\": \"A\", \"value\": \"b\"}]}",
            "{\"A\": \"\u{7f}\"}",
            "{\"A\": ",
        ] {
            assert_eq!(show(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn refuses_what_another_program_encrypted() {
        let sops = "encrypted with sops";
        for (text, what) in [
            ("A: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[AES256_GCM,data:x]\n  version: 3.9.0\n", sops),
            ("{\"A\": \"plain\", \"sops\": {\"lastmodified\": \"2026-01-01T00:00:00Z\"}}", sops),
            ("{\"data\": \"ENC[x]\", \"sops\": {\"mac\": \"x\"}}", sops),
            ("apiVersion: v1\nkind: Secret\ndata:\n  A: ENC[x]\nsops:\n  version: 3.9.0\n", sops),
            ("A: b\n---\nB: c\nsops:\n  mac: x\n", sops),
            (
                "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n    A: AgBy\n",
                "a SealedSecret, which only its cluster decrypts",
            ),
            (
                "{\"ARN\": \"arn\", \"SecretString\": \"hunter2\"}",
                "`SecretString` is one value, not an object of names and values",
            ),
        ] {
            assert_eq!(show(text), Err(what.to_owned()), "{text}");
        }
    }
}
