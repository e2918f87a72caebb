//! `scan` finds every encoding of every value, planted at random in files of every kind, and nothing else.

use std::collections::BTreeSet;
use std::fs;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, Engine as _};
use etui::guard::{InText, forms};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};

use crate::bench::Bench;

/// Values of different lengths, characters and lines.
fn values(random: &mut StdRng) -> Vec<Vec<u8>> {
    let mut some = |signs: &str, length: usize| -> String {
        let signs: Vec<char> = signs.chars().collect();
        (0..length).map(|_| *signs.choose(random).unwrap()).collect()
    };
    let letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut values: Vec<Vec<u8>> = Vec::new();
    for length in [9, 10, 13, 16, 24, 64, 200, 5_000] {
        for signs in [
            letters.to_owned(),
            // A short value with an escape in it may be too short when that is decoded.
            format!("{letters} !\"#$&'()*+,-./:;<=>?@[]^_`{{|}}~{}", if length < 16 { "" } else { "%\\" }),
            format!("{letters}äß漢🦀\t"),
        ] {
            values.push(format!("3{}k9", some(&signs, length - 3)).into_bytes());
        }
    }
    let line = |some: &mut dyn FnMut(&str, usize) -> String| some(letters, 64) + "\n";
    let lines: String = (0..6).map(|_| line(&mut some)).collect();
    values.push(format!("-----BEGIN PRIVATE KEY-----\n{lines}-----END PRIVATE KEY-----\n").into_bytes());
    values
        .push(format!("{{\n  \"type\": \"service_account\",\n  \"id\": \"{}\"\n}}\n", some(letters, 40)).into_bytes());
    values.push((0..48).map(|_| random.gen_range(128..=255)).collect());
    values
}

/// A file name and a text to plant values in: prose, source, JSON, a bundle on one line, or binary data.
fn host(number: usize, random: &mut StdRng) -> (String, Vec<u8>) {
    let words =
        ["let", "function", "return", "(a,b)", "{\"key\":", "12345", "deadbeef", "QUJD", "%20", "=>", "password"];
    let (end, size, name) = match number % 5 {
        0 => ("\n", 4_000, "notes.txt"),
        1 => (";\n    ", 40_000, "main.rs"),
        2 => ("\",\r\n", 600_000, "data.json"),
        3 => (";", 1_200_000, "bundle.min.js"),
        _ => ("\0", 800_000, "image.bin"),
    };
    let mut text = Vec::with_capacity(size + 100);
    while text.len() < size {
        text.extend_from_slice(words.choose(random).unwrap().as_bytes());
        text.extend_from_slice(if random.gen_range(0..6) == 0 { end } else { " " }.as_bytes());
        if number % 5 == 4 {
            text.extend((0..16).map(|_| random.r#gen::<u8>()));
        }
    }
    (format!("{number}/{name}"), text)
}

/// Encodes a value as JavaScript's `encodeURIComponent` does.
fn percent_encoded(value: &[u8]) -> String {
    let encode = |byte: &u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(byte) => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.iter().map(encode).collect()
}

#[test]
fn finds_every_encoding_wherever_it_is_planted_and_nothing_else() {
    // Printed on failure, so that the run can be repeated.
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    println!("SEED={seed}");
    let random = &mut StdRng::seed_from_u64(seed);
    let bench = Bench::acme();
    let values = values(random);
    for (number, value) in values.iter().enumerate() {
        let file = bench.work().join("value");
        fs::write(&file, value).unwrap();
        bench.etui(["set", &format!("V{number}"), "-g", "--file", file.to_str().unwrap()]).ok();
        fs::remove_file(file).unwrap();
    }
    let mut planted: Vec<(String, Vec<u8>)> = Vec::new();
    for (number, value) in values.iter().enumerate() {
        let name = format!("V{number}");
        for form in forms(value) {
            match form.in_text {
                InText::Never => {}
                InText::AsLine => planted.push((name.clone(), [b"\n", &form.bytes[..], b"\n"].concat())),
                InText::Anywhere => planted.push((name.clone(), form.bytes.to_vec())),
            }
        }
        let mut texts = vec![percent_encoded(value)];
        // Encoded together with the text around it, and in lines.
        for before in ["", "us"] {
            let text = [before.as_bytes(), value, b":x"].concat();
            let hex = text.iter().map(|byte| format!("{byte:02x}")).collect();
            for encoded in [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE.encode(&text), hex] {
                let (width, end) = (random.gen_range(1..100), ["\n", "\r\n", "\n    "].choose(random).unwrap());
                let lines: Vec<&str> =
                    encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
                texts.extend([lines.join(end), encoded]);
            }
        }
        if let Ok(text) = std::str::from_utf8(value) {
            let json = serde_json::to_string(text).unwrap();
            let all: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            texts.extend([serde_json::to_string(&json).unwrap(), percent_encoded(json.as_bytes()), json, all]);
        }
        // What stands before an escaped text must not be the beginning of an escape, such as `%2`.
        planted.extend(texts.into_iter().map(|text| (name.clone(), format!("\"{text}").into_bytes())));
    }
    assert!(planted.len() > 500);
    let hosts: Vec<(String, Vec<u8>)> = (0..20).map(|number| host(number, random)).collect();
    let write = |hosts: &[(String, Vec<u8>)]| {
        for (name, text) in hosts {
            let path = bench.work().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    };
    write(&hosts);
    bench.etui(["scan"]).prints("");
    // In rounds with new offsets each: at the ends, around the edges of read buffers, and anywhere.
    planted.shuffle(random);
    for round in planted.chunks(hosts.len() * 2) {
        let mut changed = hosts.clone();
        let mut expected = BTreeSet::new();
        // The second half of a text first, so that the first one stays where it is.
        for (at, (name, bytes)) in round.iter().enumerate().rev() {
            let (path, text) = &mut changed[at % hosts.len()];
            let half = hosts[at % hosts.len()].1.len() / 2;
            let from = if at < hosts.len() { 0 } else { half };
            let edge = [256 << 10, 252 << 10, 504 << 10].choose(random).unwrap() - random.gen_range(0..bytes.len() + 2);
            let room = half.checked_sub(bytes.len());
            let offset = match (random.gen_range(0..4), room) {
                // Too little room: plant it at the end.
                (_, None) | (0, _) if from > 0 => text.len(),
                (1, Some(_)) if (from..from + half - bytes.len()).contains(&edge) => edge,
                (2, _) | (_, None) => 0,
                (_, Some(room)) => from + random.gen_range(0..=room),
            };
            // Insert rather than overwrite, so that no planted value is destroyed.
            let offset = if from == 0 || offset >= half { offset } else { half };
            text.splice(offset..offset, bytes.iter().copied());
            expected.insert((path.clone(), name.clone()));
        }
        write(&changed);
        let found = bench.etui(["scan", "-j"]).document();
        let item = |item: &serde_json::Value| {
            let text = |key: &str| item[key].as_str().unwrap().to_owned();
            (text("file"), text("name"))
        };
        let found: BTreeSet<_> = found["items"].as_array().unwrap().iter().map(item).collect();
        assert!(found == expected, "missing {:?}, unexpected {:?}", &expected - &found, &found - &expected);
    }
}
