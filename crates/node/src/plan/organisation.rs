//! Who is in charge of the programme, and by which papers.

use std::collections::{BTreeMap, BTreeSet};

use linli_wire::{Level, UnitPath};
use serde::Serialize;

use super::{Units, day};
use crate::{error::NodeError, evaluation::require_kept, node::Node};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Organisation {
    /// Groups that stand on the day.
    pub groups: Vec<Group>,
    /// The city and the districts of the programme that have none.
    pub without_group: Vec<String>,
    /// Papers issued by the day, the latest version of each first.
    pub papers: Vec<Paper>,
}

/// A leading group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    pub unit: String,
    pub unit_name: String,
    pub name: String,
    pub since: String,
    /// Name, post and role of everybody in it on the day.
    pub members: Vec<[String; 3]>,
    pub tasks: String,
}

/// A plan, a notice or rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paper {
    pub document: String,
    pub unit: String,
    /// A code of the list `paper_kind`.
    pub kind: String,
    pub title: String,
    pub number: String,
    pub version: String,
    pub day: String,
    /// The paper that it replaces, and the one that replaced it by the day.
    pub replaces: String,
    pub replaced_by: String,
    /// Whether it is in force: it has not ended, and nothing has replaced it.
    pub in_force: bool,
}

/// Groups that stand on the day `?1`.
const GROUPS: &str = "\
SELECT g.unit, g.doc, g.name, g.start, g.tasks FROM leading_group g
WHERE g.start_n <= ?1 AND g.end_n >= ?1 ORDER BY g.unit, g.start_n, g.doc";
/// Who is in a group on the day `?1`.
const MEMBERS: &str = "\
SELECT m.unit, m.doc, m.name, m.post, m.role FROM group_member m
WHERE m.start_n <= ?1 AND m.end_n >= ?1 ORDER BY m.unit, m.doc, m.member";
/// Papers issued by the day `?1`.
const PAPERS: &str = "\
SELECT p.doc, p.unit, p.kind, p.title, p.number, p.version, p.day, p.replaces, p.end_n FROM paper p
WHERE p.day_n <= ?1 ORDER BY p.unit, p.day_n DESC, p.doc";

/// The organisation at and below a unit on a day.
pub fn organisation(node: &Node, root: &UnitPath, on: &str) -> Result<Organisation, NodeError> {
    require_kept(node, root)?;
    node.materialise()?;
    let today = day(on)?;
    let units = node.with(|r| Units::read(r, root))?;
    let here = |unit: &str| unit.parse::<UnitPath>().is_ok_and(|unit| root.covers(&unit));
    let groups = groups(node, &units, today)?;
    let groups: Vec<Group> = groups.into_iter().filter(|group| here(&group.unit)).collect();
    let marked = units.0.iter().filter(|(_, row)| row.programme).map(|(unit, _)| unit);
    let above = marked.flat_map(|unit| std::iter::successors(unit.parent(), UnitPath::parent));
    let due: BTreeSet<UnitPath> =
        above.filter(|unit| unit.level() <= Level::District && root.covers(unit)).collect();
    let without = due.iter().filter(|unit| !groups.iter().any(|group| group.unit == unit.as_str()));
    let without_group = without.map(ToString::to_string).collect();
    let papers = papers(node, today)?.into_iter().filter(|paper| here(&paper.unit)).collect();
    Ok(Organisation { groups, without_group, papers })
}

fn groups(node: &Node, units: &Units, today: i64) -> Result<Vec<Group>, NodeError> {
    let members: Vec<((String, String), [String; 3])> = node.with(|r| {
        r.query(MEMBERS, [today], |row| {
            Ok(((row.get(0)?, row.get(1)?), [row.get(2)?, row.get(3)?, row.get(4)?]))
        })
    })?;
    let mut of: BTreeMap<(String, String), Vec<[String; 3]>> = BTreeMap::new();
    for (group, member) in members {
        of.entry(group).or_default().push(member);
    }
    let rows: Vec<[String; 5]> = node.with(|r| {
        r.query(GROUPS, [today], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))
    })?;
    let group = |[unit, doc, name, since, tasks]: [String; 5]| {
        let unit_name = unit.parse().map(|path| units.name(&path)).unwrap_or_default();
        let members = of.remove(&(unit.clone(), doc)).unwrap_or_default();
        Group { unit, unit_name, name, since, members, tasks }
    };
    Ok(rows.into_iter().map(group).collect())
}

fn papers(node: &Node, today: i64) -> Result<Vec<Paper>, NodeError> {
    let mut papers: Vec<(Paper, bool)> = node.with(|r| {
        r.query(PAPERS, [today], |row| {
            let end_n: i64 = row.get(8)?;
            let paper = Paper {
                document: row.get(0)?,
                unit: row.get(1)?,
                kind: row.get(2)?,
                title: row.get(3)?,
                number: row.get(4)?,
                version: row.get(5)?,
                day: row.get(6)?,
                replaces: row.get(7)?,
                replaced_by: String::new(),
                in_force: true,
            };
            Ok((paper, end_n >= today))
        })
    })?;
    let replaced: BTreeMap<String, String> = papers
        .iter()
        .filter(|(paper, _)| !paper.replaces.is_empty())
        .map(|(paper, _)| (paper.replaces.clone(), paper.document.clone()))
        .collect();
    for (paper, lasts) in &mut papers {
        paper.replaced_by = replaced.get(&paper.document).cloned().unwrap_or_default();
        paper.in_force = *lasts && paper.replaced_by.is_empty();
    }
    Ok(papers.into_iter().map(|(paper, _)| paper).collect())
}
