//! Refusing to record a second time what stands on record already.

use anyhow::Result;
use linli_model::{
    Collection, Edit, Value,
    record::{self, Item},
};
use linli_node::Node;
use linli_wire::UnitPath;

use crate::{context::Context, documents::Found, failure::Refused, language::Language};

/// Refuses an item of a collection if one that stands there says all that the edits of the new one say.
pub fn item(
    context: &Context,
    found: &Found,
    collection: &str,
    edits: &[Edit],
    next: (&str, &str),
) -> Result<()> {
    let given = || edits.iter().filter(|edit| edit.value.is_some());
    let says_it = |item: &Item| given().all(|edit| item.get(&edit.field) == edit.value.as_ref());
    if given().next().is_none() {
        return Ok(());
    }
    like(context, found, collection, says_it, next)
}

/// Refuses an item of a collection if one that stands there is like it.
pub fn like(
    context: &Context,
    found: &Found,
    collection: &str,
    is_alike: impl Fn(&Item) -> bool,
    next: (&str, &str),
) -> Result<()> {
    let Some((key, item)) = found.record.items(collection).find(|(_, item)| is_alike(item)) else {
        return Ok(());
    };
    let day = ["start", "day"].map(|field| record::text(item, field)).concat();
    let name = found.kind.collection(collection).map_or(("", ""), |Collection { zh, en, .. }| (*zh, *en));
    Err(refused(context, name, &day, &format!("{} {key}", found.id), next))
}

/// Refuses a document of a unit if one in its table says all that the edits of the new one say.
pub fn document(
    context: &Context,
    node: &Node,
    unit: &UnitPath,
    table: &linli_model::Table,
    edits: &[Edit],
    next: (&str, &str),
) -> Result<()> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
    };
    let given: Vec<(&str, String)> =
        edits.iter().filter_map(|edit| Some((edit.field.as_str(), text(edit.value.as_ref()?)))).collect();
    // What the table does not show cannot be compared.
    if given.is_empty() || given.iter().any(|(field, _)| table.column(field).is_none()) {
        return Ok(());
    }
    let columns: Vec<String> = given.iter().map(|(field, _)| format!("CAST(\"{field}\" AS TEXT)")).collect();
    let sql =
        format!("SELECT doc, {} FROM \"{}\" WHERE unit = ?1 ORDER BY doc", columns.join(", "), table.name);
    node.materialise()?;
    let rows: Vec<(String, Vec<String>)> = node.with(|r| {
        r.query(&sql, [unit.as_str()], |row| {
            let values = (1..=given.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
            Ok((row.get(0)?, values))
        })
    })?;
    let same = |(_, values): &&(String, Vec<String>)| values.iter().eq(given.iter().map(|(_, value)| value));
    let Some((document, _)) = rows.iter().find(same) else { return Ok(()) };
    let day = given.iter().find(|(field, _)| matches!(*field, "start" | "day")).map_or("", |(_, day)| day);
    Err(refused(context, (&table.zh, &table.en), day, document, next))
}

/// Names what stands there already by day, document and key, so that it can be found.
fn refused(
    context: &Context,
    (zh, en): (&str, &str),
    day: &str,
    place: &str,
    next: (&str, &str),
) -> anyhow::Error {
    let message = match context.language {
        Language::Chinese => format!("{zh}：同样的内容已有登记：{day} {place}"),
        Language::English => format!("{en}: the same is on record already: {day} {place}"),
    };
    Refused::new(message).hint(context.say(next.0, next.1)).into()
}
