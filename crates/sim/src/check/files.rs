//! Attachments: hubs have what those below them have, and what was erased is gone with its document.

use std::collections::BTreeSet;

use linli_store::{
    Replica,
    attachments::{Named, hex},
};

use super::read;
use crate::{trouble::Violation, world::World};

/// A file that a hub has no more than a part of, and a machine below it has whole, in a space that both read.
pub fn lacking(world: &World, below: usize, hub: usize) -> Result<Option<String>, Violation> {
    let arrangement = world.arrangement();
    let whole = |named: Vec<Named>| -> BTreeSet<_> {
        let whole = named.into_iter().filter(Named::is_whole);
        whole.map(|named| (named.space, named.hash)).collect()
    };
    let has = whole(read(world, below, |r| r.attachments_named(None))?);
    let above = read(world, hub, |r| r.attachments_named(None))?;
    let readers = [below, hub].map(|at| &world.machines[at].unit);
    Ok(above
        .into_iter()
        .filter(|named| !named.is_whole() && readers.iter().all(|unit| arrangement.reads(unit, &named.space)))
        .find(|named| has.contains(&(named.space.clone(), named.hash)))
        .map(|named| format!("file {}", &hex(&named.hash)[..8])))
}

/// Whatever is there whole has its hash, and nothing is left of what only an erased document named.
pub fn are_sound_and_erased(world: &World) -> Result<(), Violation> {
    let arrangement = world.arrangement();
    for at in world.on(|m| !m.outcast && !m.hostile) {
        let (_, damaged) = read(world, at, Replica::verify_attachments)?;
        if let Some(file) = damaged.first() {
            return Err(world.violation(at, format!("its file {} is damaged", &file[..8])));
        }
        for file in &world.attached {
            let erased = world.erased.contains(&(file.space.clone(), file.document));
            let reads = arrangement.reads(&world.machines[at].unit, &file.space);
            if erased && reads && read(world, at, |r| Ok(r.read_attachment(&file.hash, |_| Ok(())).is_ok()))?
            {
                let file = &hex(&file.hash)[..8];
                return Err(world.violation(at, format!("it has file {file} of an erased document")));
            }
        }
    }
    Ok(())
}
