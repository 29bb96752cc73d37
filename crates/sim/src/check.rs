//! What must hold at the end of a run, whatever happened in it.

mod crossing;
mod files;
mod trust;

use std::collections::{BTreeMap, BTreeSet};

pub use crossing::may_cross;
use linli_model::tables;
use linli_node::{Node, chain, evaluate};
use linli_store::{Replica, StoreError};
use linli_wire::{Arrangement, Digest, Space, UnitPath};

use crate::{actions::period, machine::Entries, trouble::Violation, world::World};

/// A machine and what is different there.
pub type Difference = (usize, String);

/// Once in so many runs, the scores of all hubs are compared.
const SCORED_ONE_IN: u64 = 6;
/// Of so many machines, one drops its caches and makes them again.
const REBUILT_ONE_IN: u64 = 3;

/// Whether all machines that are served agree with the one above in all that both read.
pub fn agree(world: &World) -> Result<Result<(), Difference>, Violation> {
    let arrangement = world.arrangement();
    for at in world.on(|m| !m.outcast && !m.hostile) {
        let Some(parent) = world.machines[at].parent else { continue };
        if Some(&world.machines[parent].unit) != arrangement.parent(&world.machines[at].unit).as_ref() {
            return Ok(Err((at, format!("it still reports to {}", world.machines[parent].name))));
        }
        let (own, above) = (digests(world, at)?, digests(world, parent)?);
        let (unit, upper) = (&world.machines[at].unit, &world.machines[parent].unit);
        let spaces: BTreeSet<&Space> = own.keys().chain(above.keys()).collect();
        let both = |space: &&&Space| arrangement.reads(unit, space) && arrangement.reads(upper, space);
        if let Some(space) = spaces.iter().filter(both).find(|space| own.get(space) != above.get(space)) {
            return Ok(Err((at, format!("{space} is not what {} has", world.machines[parent].name))));
        }
        if let Some(file) = files::lacking(world, at, parent)? {
            return Ok(Err((parent, format!("it lacks {file}, which {} has", world.machines[at].name))));
        }
    }
    Ok(Ok(()))
}

/// Checks everything else that was promised.
pub fn all(world: &mut World, promised: &Entries) -> Result<(), Violation> {
    nothing_is_lost(world, promised)?;
    receipts_are_true(world)?;
    nothing_forged_counts(world)?;
    what_was_erased_is_gone(world)?;
    files::are_sound_and_erased(world)?;
    trust::everybody_goes_by_the_last_root(world)?;
    trust::what_a_replaced_key_wrote_stands(world)?;
    everybody_shows_the_same(world)?;
    caches_equal_a_rebuild(world)?;
    if world.chance.one_in(SCORED_ONE_IN) {
        scores_are_equal(world)?;
    }
    Ok(())
}

fn nothing_is_lost(world: &World, promised: &Entries) -> Result<(), Violation> {
    let city = world.city();
    let lost = promised.difference(&world.entries(city)?).count();
    if lost > 0 {
        return Err(world.violation(city, format!("{lost} of {} entries did not arrive", promised.len())));
    }
    Ok(())
}

/// Whoever gave a receipt has what it speaks of. A hub that was put back to an older state has again what others
/// have; of a device that is served no longer, nobody may.
fn receipts_are_true(world: &World) -> Result<(), Violation> {
    let mut said: BTreeSet<(usize, [u8; 32], u64)> = BTreeSet::new();
    for at in world.on(|_| true) {
        for held in read(world, at, |r| r.held_by(false))? {
            let hub = world.machines.iter().position(|m| m.hub && m.device == held.hub);
            said.extend(hub.map(|hub| (hub, held.log.0, held.seq)));
        }
    }
    for (hub, log, seq) in said {
        let sql = "SELECT MAX(entry.seq), log.device FROM entry JOIN log USING (log_no)
                   WHERE log.id = ?1 GROUP BY log.id";
        let held: Vec<(i64, [u8; 32])> =
            read(world, hub, |r| r.query(sql, [log], |row| Ok((row.get(0)?, row.get(1)?))))?;
        let (end, by) = held.first().map_or((-1, None), |(end, by)| (*end, Some(*by)));
        let served = |by| !world.on(|m| m.device.0 == by && !m.outcast && !m.hostile).is_empty();
        let excused = world.machines[hub].restored_at.is_some() && !by.is_some_and(served);
        if end < seq as i64 && !excused {
            return Err(world.violation(hub, format!("it gave a receipt for entry {seq}, and has {end}")));
        }
    }
    Ok(())
}

/// What may not be written has no effect anywhere.
fn nothing_forged_counts(world: &World) -> Result<(), Violation> {
    for at in world.on(|_| true) {
        let applied: Vec<[u8; 32]> =
            read(world, at, |r| r.query("SELECT hash FROM entry WHERE state = 1", [], |row| row.get(0)))?;
        if applied.iter().any(|hash| world.forged.contains(hash)) {
            return Err(world.violation(at, "a forged entry counts"));
        }
        let shown: Vec<i64> = read(world, at, |r| {
            r.query("SELECT COUNT(*) FROM household WHERE phone = 'FORGED'", [], |row| row.get(0))
        })?;
        if shown[0] > 0 {
            return Err(world.violation(at, "what was forged is shown"));
        }
    }
    Ok(())
}

fn what_was_erased_is_gone(world: &World) -> Result<(), Violation> {
    let arrangement = world.arrangement();
    for at in world.on(|m| !m.outcast && !m.hostile) {
        for (space, document) in &world.erased {
            if arrangement.reads(&world.machines[at].unit, space)
                && read(world, at, |r| r.document(space, *document))?.is_some()
            {
                return Err(
                    world.violation(at, format!("it still has the erased document {document} of {space}"))
                );
            }
        }
    }
    Ok(())
}

/// Every machine shows of its unit and below what the city shows, and says of each entry the same.
fn everybody_shows_the_same(world: &World) -> Result<(), Violation> {
    let city = world.city();
    let (rows, verdicts) = (rows(world, city)?, verdicts(world, city)?);
    let arrangement = world.arrangement();
    for at in world.on(|m| !m.outcast && !m.hostile) {
        let own = &world.machines[at].unit;
        let below = |lines: &BTreeSet<String>| lines_below(lines, own, &arrangement);
        let mine = below(&self::verdicts(world, at)?);
        if let Some(different) = first_difference(&mine, &below(&verdicts)) {
            return Err(world.violation(at, format!("verdicts differ from the city's: {different}")));
        }
        let mine = below(&self::rows(world, at)?);
        if let Some(different) = first_difference(&mine, &below(&rows)) {
            return Err(world.violation(at, format!("rows differ from the city's: {different}")));
        }
    }
    Ok(())
}

/// What can be dropped is what a rebuild makes: at the city, which has everything, and at some others.
fn caches_equal_a_rebuild(world: &mut World) -> Result<(), Violation> {
    let city = world.city();
    for at in world.on(|_| true) {
        if at != city && !world.chance.one_in(REBUILT_ONE_IN) {
            continue;
        }
        let before = (rows(world, at)?, verdicts(world, at)?, digests(world, at)?);
        read(world, at, Replica::rebuild)?;
        let after = (rows(world, at)?, verdicts(world, at)?, digests(world, at)?);
        if let Some(different) = first_difference(&before.0, &after.0) {
            return Err(world.violation(at, format!("a rebuild makes other rows: {different}")));
        }
        if let Some(different) = first_difference(&before.1, &after.1) {
            return Err(world.violation(at, format!("a rebuild makes other verdicts: {different}")));
        }
        if before.2 != after.2 {
            return Err(world.violation(at, "a rebuild makes other frontiers"));
        }
    }
    Ok(())
}

/// The same records give the same scorecards at every hub.
fn scores_are_equal(world: &mut World) -> Result<(), Violation> {
    let mut cards: BTreeMap<UnitPath, Digest> = BTreeMap::new();
    let mut hubs = world.on(|m| m.hub);
    // The lowest first: what an upper one determines reaches a lower one only with the next exchange.
    hubs.sort_by_key(|at| std::cmp::Reverse(world.machines[*at].unit.depth()));
    for at in hubs {
        let machine = &world.machines[at];
        let node = machine.node.clone().expect("it is on");
        let before = digests(world, at)?;
        let evaluated = evaluate(&node, &machine.unit, &period());
        let evaluated = evaluated.map_err(|e| world.violation(at, format!("it cannot evaluate: {e}")))?;
        if evaluated.determined > 0 || before != digests(world, at)? {
            // It wrote what the others do not have yet.
            return Ok(());
        }
        for card in &evaluated.evaluation.scorecards {
            let first = cards.entry(card.unit.clone()).or_insert_with(|| card.digest());
            if *first != card.digest() {
                return Err(world.violation(at, format!("it scores {} otherwise", card.unit)));
            }
        }
    }
    Ok(())
}

fn node(world: &World, at: usize) -> &Node {
    world.machines[at].node.as_ref().expect("everything is on at the end")
}

fn read<T>(
    world: &World,
    at: usize,
    run: impl FnOnce(&mut Replica) -> Result<T, StoreError>,
) -> Result<T, Violation> {
    node(world, at)
        .with(run)
        .map_err(|error| world.violation(at, format!("its database fails: {}", chain(&error))))
}

fn digests(world: &World, at: usize) -> Result<BTreeMap<Space, Digest>, Violation> {
    read(world, at, |r| r.space_digests())
}

/// What is said of each entry, with the unit of its space: `unit hash state`.
fn verdicts(world: &World, at: usize) -> Result<BTreeSet<String>, Violation> {
    let sql = "SELECT space.unit || ' ' || space.channel || ' ' || hex(entry.hash) || ' ' || entry.state
               FROM entry JOIN log USING (log_no) JOIN space USING (space_no)";
    Ok(read(world, at, |r| r.query(sql, [], |row| row.get(0)))?.into_iter().collect())
}

/// Of lines that begin with a unit, those of a unit and what lies below it.
fn lines_below(lines: &BTreeSet<String>, own: &UnitPath, arrangement: &Arrangement) -> BTreeSet<String> {
    let unit_of = |line: &str| line.split(' ').next().and_then(|unit| unit.parse::<UnitPath>().ok());
    let below = |line: &&String| unit_of(line).is_some_and(|unit| arrangement.covers(own, &unit));
    lines.iter().filter(below).cloned().collect()
}

/// Every published table, row by row: `unit table: row`.
fn rows(world: &World, at: usize) -> Result<BTreeSet<String>, Violation> {
    let mut all = BTreeSet::new();
    for table in tables() {
        // Document numbers are each replica's own.
        let columns: Vec<_> = table.columns.iter().map(|c| format!("quote(\"{}\")", c.name)).collect();
        let sql = format!("SELECT unit, {} FROM \"{}\"", columns.join("||','||"), table.name);
        let read = |row: &rusqlite::Row<'_>| {
            Ok(format!("{} {}: {}", row.get::<_, String>(0)?, table.name, row.get::<_, String>(1)?))
        };
        all.extend(self::read(world, at, |r| r.query(&sql, [], read))?);
    }
    Ok(all)
}

fn first_difference(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Option<String> {
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>, whose: &str| {
        these.difference(those).next().map(|line| format!("{whose}: {line}"))
    };
    only(one, other, "only here").or_else(|| only(other, one, "not here"))
}
