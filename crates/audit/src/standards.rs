//! The sections `standards/<id>/<file>`: the packs that the scorecards follow from.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use linli_eval::Standard;
use linli_wire::Digest;

use crate::{
    container::{Checked, Packed},
    error::SnapshotError,
    limits::NAME_BYTES_MAX,
};

const PREFIX: &str = "standards/";

/// The hashes of the standards of this version, over all their files.
static BUILT_IN: LazyLock<BTreeSet<Digest>> =
    LazyLock::new(|| [Standard::community(), Standard::street()].map(|standard| standard.hash).into());

pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// A section for each file of each pack, ordered by id and file.
pub(crate) fn pack(standards: &[&Standard]) -> Result<Vec<Packed>, SnapshotError> {
    let mut ids = BTreeSet::new();
    let mut sections = Vec::new();
    for standard in standards {
        if !ids.insert(&standard.id) {
            return Err(SnapshotError::StandardTwice(standard.id.clone()));
        }
        check_known(standard)?;
        for (file, content) in standard.files() {
            let name = format!("{PREFIX}{}/{file}", standard.id);
            if name.len() > NAME_BYTES_MAX || standard.id.contains('/') {
                let problem = "its name is too long or has a slash in the standard's id";
                return Err(SnapshotError::content(&name, problem));
            }
            sections.push(Packed::compressed(name, content.as_bytes().to_vec()));
        }
    }
    sections.sort_by(|a, b| a.section.name.cmp(&b.section.name));
    Ok(sections)
}

/// Refuses a standard that is not, byte for byte, one of this version's.
///
/// Invariant: no score rests on a standard for which only the snapshot's signer stands. Id and version prove
/// nothing, because anybody can write them into another pack; the hash over all files does. Packs that a
/// realm publishes in its notices are in no table that could be asked, so they are unknown too.
pub(crate) fn check_known(standard: &Standard) -> Result<(), SnapshotError> {
    if BUILT_IN.contains(&standard.hash) {
        return Ok(());
    }
    let (id, version, hash) = (standard.id.clone(), standard.version.clone(), standard.hash);
    Err(SnapshotError::UnknownStandard { id, version, hash })
}

/// The standards in a snapshot, each of them one that this version knows.
pub(crate) fn load(snapshot: &Checked<'_>) -> Result<Vec<Standard>, SnapshotError> {
    let mut packs: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for name in snapshot.names() {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        let Some((id, file)) = path.split_once('/') else {
            return Err(SnapshotError::content(name, "its name has no file"));
        };
        let content = String::from_utf8(snapshot.section(name)?.into_owned())
            .map_err(|_| SnapshotError::content(name, "it is not UTF-8 text"))?;
        packs.entry(id).or_default().push((file.to_owned(), content));
    }
    packs.into_iter().map(|(id, files)| load_one(id, files)).collect()
}

fn load_one(id: &str, files: Vec<(String, String)>) -> Result<Standard, SnapshotError> {
    let standard = Standard::load(files)
        .map_err(|source| SnapshotError::Standard { id: id.to_owned(), source: Box::new(source) })?;
    if standard.id != id {
        let problem = format!("it is the standard `{}`", standard.id);
        return Err(SnapshotError::content(&format!("{PREFIX}{id}"), problem));
    }
    check_known(&standard)?;
    Ok(standard)
}
