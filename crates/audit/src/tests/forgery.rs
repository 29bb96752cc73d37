//! A snapshot taken apart and put together again otherwise, with everything made to fit.

use linli_log::{DeviceSecret, RawSegment, compact};
use linli_wire::Space;

use crate::{
    Manifest,
    container::{self, Packed, Parsed},
    left_out,
    segments::{self, Group},
    tables,
};

/// A snapshot taken apart.
pub struct Forgery {
    pub manifest: Manifest,
    pub sections: Vec<Packed>,
}

impl Forgery {
    pub fn of(bytes: &[u8]) -> Self {
        let snapshot = Parsed::parse(bytes).expect("a snapshot parses").check().expect("it is signed");
        let plain = |name: &String| snapshot.section(name).expect("it has its sections").into_owned();
        let names = snapshot.manifest.sections.iter().map(|section| &section.name);
        let sections = names.map(|name| Packed::plain(name.clone(), plain(name))).collect();
        Self { manifest: snapshot.manifest.clone(), sections }
    }

    pub fn section(&self, name: &str) -> &[u8] {
        &self.sections.iter().find(|packed| packed.section.name == name).expect("it has the section").bytes
    }

    pub fn replace(mut self, name: &str, bytes: Vec<u8>) -> Self {
        let at = self.sections.iter().position(|packed| packed.section.name == name);
        self.sections[at.expect("it has the section")] = Packed::plain(name.to_owned(), bytes);
        self
    }

    /// The snapshot that a hub would make that holds only some of the segments: frontier, tables and the
    /// list of what is left out follow from those that are kept. It must be one without standards.
    pub fn keep(mut self, keep: impl Fn(&Space, &RawSegment) -> bool) -> Self {
        let section = self.section(segments::NAME).to_vec();
        let unit = self.manifest.unit.clone();
        let mut groups = segments::decode(&section, &unit).expect("the section reads");
        for Group { space, segments } in &mut groups {
            segments.retain(|bytes| keep(space, &compact::decode(bytes).expect("a stored segment decodes")));
        }
        groups.retain(|group| !group.segments.is_empty());
        let mut state = segments::replica(self.manifest.realm, &unit, &groups).expect("the rest is whole");
        state.materialise().expect("a replica materialises");
        self.manifest.frontier = state.space_digests().expect("a replica knows its spaces");
        let list = left_out::list(&state).expect("a replica knows what it leaves out");
        self = self.replace(segments::NAME, join(&groups)).replace(left_out::NAME, left_out::encode(&list));
        for table in linli_model::tables() {
            let (parquet, _) = tables::write(&state, table).expect("a table is written");
            self = self.replace(&tables::section_name(&table.name), parquet);
        }
        self
    }

    /// The file, signed by whoever has this key.
    pub fn sign(mut self, secret: &DeviceSecret) -> Vec<u8> {
        self.manifest.signer = secret.device();
        self.manifest.sections = self.sections.iter().map(|packed| packed.section.clone()).collect();
        let mut bytes = Vec::new();
        container::write(&self.manifest, &self.sections, secret, &mut bytes).expect("memory takes bytes");
        bytes
    }
}

/// The section `segments` with these groups.
pub fn join(groups: &[Group<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Group { space, segments } in groups {
        let path = space.unit.as_str().as_bytes();
        bytes.push(path.len() as u8);
        bytes.extend_from_slice(path);
        bytes.push(space.channel.code());
        bytes.extend_from_slice(&(segments.len() as u32).to_be_bytes());
        for segment in segments {
            bytes.extend_from_slice(&(segment.len() as u32).to_be_bytes());
            bytes.extend_from_slice(segment);
        }
    }
    bytes
}
