//! The sections `standards/<hash>/<file>`: the packs that the scorecards follow from.

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::Standard;

use crate::{
    container::{Checked, Packed},
    error::SnapshotError,
    limits::NAME_BYTES_MAX,
    packs::InForce,
};

const PREFIX: &str = "standards/";

pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// A section for each file of each pack, ordered by hash and file.
pub(crate) fn pack(standards: &[&Standard], in_force: &InForce) -> Result<Vec<Packed>, SnapshotError> {
    let mut hashes = BTreeSet::new();
    let mut sections = Vec::new();
    for standard in standards {
        if !hashes.insert(standard.hash) {
            return Err(SnapshotError::StandardTwice(standard.id.clone()));
        }
        check_in_force(standard, in_force)?;
        for (file, content) in standard.files() {
            let name = format!("{PREFIX}{}/{file}", standard.hash);
            if name.len() > NAME_BYTES_MAX {
                return Err(SnapshotError::content(&name, "its name is too long"));
            }
            sections.push(Packed::compressed(name, content.as_bytes().to_vec()));
        }
    }
    sections.sort_by(|a, b| a.section.name.cmp(&b.section.name));
    Ok(sections)
}

/// Refuses a standard that is not, byte for byte, one by which units were to be scored in the period.
///
/// Invariant: no score rests on a standard for which only the snapshot's signer stands. Id and version prove
/// nothing, because anybody can write them into another pack; the hash over all files does. It is that of a
/// standard built in, or of one that the entries themselves show to be published by who may.
fn check_in_force(standard: &Standard, in_force: &InForce) -> Result<(), SnapshotError> {
    if in_force.standards.iter().any(|known| known.hash == standard.hash) {
        return Ok(());
    }
    let (id, version, hash) = (standard.id.clone(), standard.version.clone(), standard.hash);
    Err(SnapshotError::UnknownStandard { id, version, hash })
}

/// The standards in a snapshot, each of them one that is in force.
pub(crate) fn load(snapshot: &Checked<'_>, in_force: &InForce) -> Result<Vec<Standard>, SnapshotError> {
    let mut packs: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for name in snapshot.names() {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        let Some((hash, file)) = path.split_once('/') else {
            return Err(SnapshotError::content(name, "its name has no file"));
        };
        let content = String::from_utf8(snapshot.section(name)?.into_owned())
            .map_err(|_| SnapshotError::content(name, "it is not UTF-8 text"))?;
        packs.entry(hash).or_default().push((file.to_owned(), content));
    }
    let loaded = packs.into_iter().map(|(hash, files)| load_one(hash, files, in_force));
    let mut standards = loaded.collect::<Result<Vec<_>, _>>()?;
    standards.sort_by(|a, b| (&a.id, a.hash).cmp(&(&b.id, b.hash)));
    Ok(standards)
}

fn load_one(hash: &str, files: Vec<(String, String)>, in_force: &InForce) -> Result<Standard, SnapshotError> {
    let standard = Standard::load(files)
        .map_err(|source| SnapshotError::Standard { id: hash.to_owned(), source: Box::new(source) })?;
    check_in_force(&standard, in_force)?;
    if standard.hash.to_string() != hash {
        let problem = format!("its files have the hash {}", standard.hash);
        return Err(SnapshotError::content(&format!("{PREFIX}{hash}"), problem));
    }
    Ok(standard)
}
