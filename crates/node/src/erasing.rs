//! Erasing a document: the residue first, then the erasure, in one transaction.
//!
//! While another record of the same unit has the person's ID number, the person goes on being counted by
//! that: nothing stands in the place of this one, and what names the number stays until the last goes.

use linli_log::{Erase, Kind, fact::Changes};
use linli_model::kind;
use linli_store::{DocumentEdits, Replica, StoreError, Writing};
use linli_wire::{Channel, DocId, Space, limits::FIELD_BYTES_MAX};

use crate::{error::NodeError, node::Node};

/// What erasing a document takes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasurePlan {
    /// Where the document stands.
    pub space: Space,
    pub document: DocId,
    pub kind: u64,
    /// Documents of the unit's oversight that hold the person's ID number, which go too.
    pub naming: Vec<DocId>,
    /// Whether a residue stands in its place. None does for what no measure counts by itself, nor for
    /// somebody whom another community, or another record of this one, counts.
    pub leaves_residue: bool,
}

/// Finds what goes with a document.
pub fn plan_erasure(node: &Node, space: &Space, document: DocId) -> Result<ErasurePlan, NodeError> {
    node.materialise()?;
    node.with(|r| plan(r, space, document))
}

fn plan(replica: &Replica, space: &Space, document: DocId) -> Result<ErasurePlan, NodeError> {
    let opened = replica.document(space, document)?.ok_or(NodeError::NothingToErase(document))?;
    let mut plan = ErasurePlan {
        space: space.clone(),
        document,
        kind: opened.kind,
        naming: Vec::new(),
        leaves_residue: false,
    };
    if opened.kind != u64::from(kind::PERSON.code) {
        return Ok(plan);
    }
    let (unit, doc) = (space.unit.as_str(), document.to_string());
    let number: Option<String> = replica
        .query(
            "SELECT id_no FROM person WHERE unit = ?1 AND doc = ?2 AND id_no <> ''",
            [unit, &doc],
            |row| row.get(0),
        )?
        .pop();
    let Some(number) = number else { return Ok(ErasurePlan { leaves_residue: true, ..plan }) };
    let others: Vec<i64> = replica.query(
        "SELECT COUNT(*) FROM person WHERE unit = ?1 AND id_no = ?2 AND doc <> ?3",
        [unit, &number, &doc],
        |row| row.get(0),
    )?;
    if others != [0] {
        return Ok(plan);
    }
    let naming: Vec<(String, bool)> = replica.query(
        "SELECT doc, counted_unit <> ?1 FROM determination WHERE unit = ?1 AND id_no = ?2
         UNION SELECT doc, 0 FROM disproof WHERE unit = ?1 AND subject = ?2 COLLATE NOCASE
         UNION SELECT doc, 0 FROM finding WHERE unit = ?1 AND subject = ?2 COLLATE NOCASE ORDER BY 1",
        [unit, &number],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    plan.leaves_residue = !naming.iter().any(|(_, counted_elsewhere)| *counted_elsewhere);
    plan.naming = naming.iter().filter_map(|(doc, _)| doc.parse().ok()).collect();
    plan.naming.dedup();
    Ok(plan)
}

/// Erases a document, and what the plan says goes with it, everywhere. Only a unit above may: the erasure
/// and the residue stand in the oversight of the document's unit.
pub fn erase(node: &Node, plan: &ErasurePlan, reason: &str) -> Result<(), NodeError> {
    if reason.trim().is_empty() || reason.len() > FIELD_BYTES_MAX {
        return Err(NodeError::BadReason(reason.len()));
    }
    let oversight = Space::new(plan.space.unit.clone(), Channel::Oversight);
    let now = node.now();
    node.with(|r| -> Result<(), StoreError> {
        let mut id = [0; 16];
        r.fill_random(&mut id)?;
        let opened = r.document(&plan.space, plan.document)?;
        let edits = opened
            .filter(|_| plan.leaves_residue)
            .map(|opened| linli_model::residue::of_person(&opened.document, &opened.origins))
            .filter(|edits| !edits.is_empty());
        r.write(now, |w| {
            let residue = edits.map(|edits| DocumentEdits { id: DocId(id), kind: &kind::RESIDUE, edits });
            if let Some(residue) = &residue {
                w.edit(&oversight, std::slice::from_ref(residue), Changes::default())?;
            }
            one(w, &oversight, plan.space.channel, plan.document, residue.map(|r| r.id), reason)?;
            for document in &plan.naming {
                one(w, &oversight, Channel::Oversight, *document, None, reason)?;
            }
            Ok::<_, StoreError>(())
        })?;
        r.seal()?;
        Ok(())
    })?;
    node.announce();
    node.materialise()?;
    Ok(())
}

fn one(
    writing: &mut Writing<'_>,
    oversight: &Space,
    channel: Channel,
    document: DocId,
    residue: Option<DocId>,
    reason: &str,
) -> Result<(), StoreError> {
    let erase = Erase { channel, document, residue, reason: reason.to_owned() };
    writing.fact(oversight, Kind::Erase, &erase)?;
    Ok(())
}

#[cfg(test)]
mod tests;
