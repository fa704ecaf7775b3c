//! Fields that a person fills in.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Types of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum FieldTypeView {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A number.
    Number,
    /// A time: RFC 3339 UTC.
    Time,
    /// Yes or no.
    Flag,
    /// One of the options.
    Choice,
    /// ISO 8601 duration, such as `PT2H`.
    Duration,
    /// Amount and currency, such as `40.00 USD`.
    Money,
    /// A person id.
    Person,
    /// System, id and link.
    Reference,
    /// Several lines of text, each an element.
    List,
}

/// A field, its value and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FieldView {
    /// Name.
    pub name: String,
    /// What is asked.
    pub label: String,
    /// Heading under which it stands.
    pub group: Option<String>,
    /// Type.
    pub kind: FieldTypeView,
    /// Help.
    pub help: Option<String>,
    /// Must be filled in.
    pub required: bool,
    /// Options of a choice.
    pub options: Vec<OptionView>,
    /// Value: entered, or proposed.
    pub value: FieldValue,
    /// The value is the runbook's proposal, not entered yet.
    pub proposed: bool,
    /// What is wrong: blocks the step.
    pub error: Option<String>,
    /// What to look at: blocks nothing.
    pub warning: Option<String>,
}

/// An option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OptionView {
    /// Value.
    pub value: String,
    /// In words.
    pub label: String,
}

/// A value as the form holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum FieldValue {
    /// Nothing yet.
    Empty,
    /// Any type that is one text: text, number, time, choice, duration, money, person.
    Text {
        /// The text.
        text: String,
    },
    /// Yes or no.
    Flag {
        /// Yes.
        on: bool,
    },
    /// Several texts.
    List {
        /// The texts.
        items: Vec<String>,
    },
    /// Something outside Azure.
    Reference {
        /// The system.
        system: String,
        /// The id there.
        id: String,
        /// A link, or empty.
        url: String,
    },
}

/// A field's name and its new value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FieldEntry {
    /// Name.
    pub name: String,
    /// Value.
    pub value: FieldValue,
}

/// Enters fields; every field of the step stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct EnterFields {
    /// Where.
    pub at: super::StepRef,
    /// The values.
    pub fields: Vec<FieldEntry>,
}
