//! Scorecards as deterministic CBOR arrays. Each points value stands as an exact fraction and as shown.

use linli_wire::{DecodeError, Digest, Reader, UnitPath, Writer};
use thiserror::Error;

use super::{ItemScore, Outcome, PartScore, Range, Scorecard, State, Veto, VetoState};
use crate::{date::Date, ratio::Ratio};

/// Bytes of one scorecard that a reader accepts.
const CARD_BYTES_MAX: usize = 1 << 20;
const TEXT_BYTES_MAX: usize = 256;
const ITEMS_MAX: usize = 256;
const PARTS_MAX: usize = 64;
const UNITS_MAX: usize = 4096;

/// The first element of the encoding.
const FORMAT: &str = "linli/1 scorecard";

/// Why bytes are not a scorecard.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScorecardError {
    #[error("the scorecard is damaged, ask for it again: {0}")]
    Decode(#[from] DecodeError),
    #[error("the scorecard has {0} bytes, more than the limit of {CARD_BYTES_MAX}")]
    TooLarge(usize),
    #[error("the scorecard's format is `{0}`, this version reads `{FORMAT}`; update the program")]
    Format(String),
    #[error("the scorecard's {what} is `{found}`, which the format does not allow")]
    Value { what: &'static str, found: String },
}

pub fn encode(card: &Scorecard) -> Vec<u8> {
    let mut w = Writer::new();
    w.array(15).text(FORMAT).text(card.unit.as_str()).text(&card.standard).text(&card.version);
    w.bytes(&card.pack.0).text(&card.start).text(&card.as_of).text(&card.close);
    match &card.frontier {
        Some(digest) => w.bytes(&digest.0),
        None => w.null(),
    };
    w.array(card.items.len());
    for item in &card.items {
        w.array(4).text(&item.id).text(item.state.as_str());
        encode_range(&mut w, item.points);
        w.array(item.parts.len());
        for part in &item.parts {
            encode_part(&mut w, part);
        }
    }
    w.array(card.vetoes.len());
    for veto in &card.vetoes {
        w.array(4).text(&veto.id).text(&veto.item).text(veto.state.as_str());
        w.array(veto.parts.len());
        for part in &veto.parts {
            w.text(part);
        }
    }
    encode_range(&mut w, card.total);
    w.text(card.outcome.as_str()).bool(card.needs_sign_off).array(card.without_records.len());
    for unit in &card.without_records {
        w.text(unit.as_str());
    }
    w.finish()
}

fn encode_part(w: &mut Writer, part: &PartScore) {
    w.array(9).text(&part.id).text(part.state.as_str());
    encode_range(w, part.points);
    match part.passes {
        Some(passes) => w.bool(passes),
        None => w.null(),
    };
    w.uint(part.n).uint(part.hits).uint(part.disproved).uint(part.listed).uint(part.missing);
}

fn encode_range(w: &mut Writer, range: Range) {
    w.array(4).text(&range.min.to_string()).text(&range.min.shown());
    w.text(&range.max.to_string()).text(&range.max.shown());
}

pub fn decode(bytes: &[u8]) -> Result<Scorecard, ScorecardError> {
    if bytes.len() > CARD_BYTES_MAX {
        return Err(ScorecardError::TooLarge(bytes.len()));
    }
    // The reader's closure speaks of CBOR alone; what a value means is checked after it.
    let mut outer = Ok(());
    let card = Reader::whole(bytes, |r| match read(r) {
        Ok(card) => Ok(Some(card)),
        Err(ScorecardError::Decode(error)) => Err(error),
        Err(error) => {
            outer = Err(error);
            Err(DecodeError::Invalid("a value is not allowed".to_owned()))
        }
    });
    outer?;
    card?.ok_or(ScorecardError::Decode(DecodeError::Truncated))
}

fn read(r: &mut Reader<'_>) -> Result<Scorecard, ScorecardError> {
    r.array_of(15)?;
    let format = text(r, "format")?;
    if format != FORMAT {
        return Err(ScorecardError::Format(format));
    }
    Ok(Scorecard {
        unit: unit(r)?,
        standard: text(r, "standard")?,
        version: text(r, "version")?,
        pack: Digest(r.bytes_of::<32>()?),
        start: date(r)?,
        as_of: date(r)?,
        close: date(r)?,
        frontier: if r.null()? { None } else { Some(Digest(r.bytes_of::<32>()?)) },
        items: list(r, "items", ITEMS_MAX, read_item)?,
        vetoes: list(r, "vetoes", ITEMS_MAX, read_veto)?,
        total: range(r)?,
        outcome: one_of(
            r,
            "outcome",
            [Outcome::Meets, Outcome::DoesNotMeet, Outcome::Undetermined, Outcome::NoRecords],
            Outcome::as_str,
        )?,
        needs_sign_off: r.bool()?,
        without_records: list(r, "units without records", UNITS_MAX, unit)?,
    })
}

fn read_item(r: &mut Reader<'_>) -> Result<ItemScore, ScorecardError> {
    r.array_of(4)?;
    Ok(ItemScore {
        id: text(r, "item")?,
        state: state(r)?,
        points: range(r)?,
        parts: list(r, "parts", PARTS_MAX, read_part)?,
    })
}

fn read_part(r: &mut Reader<'_>) -> Result<PartScore, ScorecardError> {
    r.array_of(9)?;
    Ok(PartScore {
        id: text(r, "part")?,
        state: state(r)?,
        points: range(r)?,
        passes: if r.null()? { None } else { Some(r.bool()?) },
        n: r.uint()?,
        hits: r.uint()?,
        disproved: r.uint()?,
        listed: r.uint()?,
        missing: r.uint()?,
    })
}

fn read_veto(r: &mut Reader<'_>) -> Result<Veto, ScorecardError> {
    r.array_of(4)?;
    let states = [VetoState::Passes, VetoState::Fails, VetoState::Pending];
    Ok(Veto {
        id: text(r, "veto")?,
        item: text(r, "item")?,
        state: one_of(r, "veto state", states, VetoState::as_str)?,
        parts: list(r, "parts", PARTS_MAX, |r| text(r, "part"))?,
    })
}

fn list<T>(
    r: &mut Reader<'_>,
    what: &'static str,
    limit: usize,
    mut read: impl FnMut(&mut Reader<'_>) -> Result<T, ScorecardError>,
) -> Result<Vec<T>, ScorecardError> {
    let len = r.array(what, limit)?;
    let mut items = Vec::new();
    for _ in 0..len {
        items.push(read(r)?);
    }
    Ok(items)
}

fn text(r: &mut Reader<'_>, what: &'static str) -> Result<String, ScorecardError> {
    Ok(r.text(what, TEXT_BYTES_MAX)?.to_owned())
}

fn unit(r: &mut Reader<'_>) -> Result<UnitPath, ScorecardError> {
    let found = text(r, "unit")?;
    found.parse().map_err(|_| ScorecardError::Value { what: "unit", found })
}

fn date(r: &mut Reader<'_>) -> Result<String, ScorecardError> {
    let found = text(r, "date")?;
    match found.parse::<Date>() {
        Ok(_) => Ok(found),
        Err(_) => Err(ScorecardError::Value { what: "date", found }),
    }
}

fn state(r: &mut Reader<'_>) -> Result<State, ScorecardError> {
    one_of(r, "state", [State::Scored, State::Pending, State::NotApplicable], State::as_str)
}

fn one_of<T: Copy, const N: usize>(
    r: &mut Reader<'_>,
    what: &'static str,
    values: [T; N],
    name: fn(T) -> &'static str,
) -> Result<T, ScorecardError> {
    let found = text(r, what)?;
    values.into_iter().find(|value| name(*value) == found).ok_or(ScorecardError::Value { what, found })
}

fn range(r: &mut Reader<'_>) -> Result<Range, ScorecardError> {
    r.array_of(4)?;
    let mut ends = [Ratio::ZERO; 2];
    for end in &mut ends {
        let exact = text(r, "points")?;
        let shown = text(r, "points")?;
        *end =
            exact.parse().ok().filter(|ratio: &Ratio| ratio.shown() == shown).ok_or(
                ScorecardError::Value { what: "points", found: format!("{exact} shown as {shown}") },
            )?;
    }
    let [min, max] = ends;
    if min > max {
        return Err(ScorecardError::Value { what: "points", found: format!("{min} to {max}") });
    }
    Ok(Range { min, max })
}
