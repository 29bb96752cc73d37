//! The sections `standards/<id>/<file>`: the packs that the scorecards follow from.

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::Standard;

use crate::{
    container::{Checked, Packed},
    error::SnapshotError,
    limits::NAME_BYTES_MAX,
};

const PREFIX: &str = "standards/";

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

/// The standards in a snapshot, each read and checked as one that is published would be.
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
    if standard.id == id {
        Ok(standard)
    } else {
        Err(SnapshotError::content(&format!("{PREFIX}{id}"), format!("it is the standard `{}`", standard.id)))
    }
}
