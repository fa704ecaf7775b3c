//! Queries: JMESPath over the scope, with `{name…}` inserted as JSON literals first.
//!
//! A filter of JMESPath cannot see outside its row; hence the insertion. `{` opens an insertion when
//! what it encloses has no colon; a multiselect hash always has one, so an insertion can hold none.
//!
//! Beside JMESPath's own functions there are those of [`FUNCTIONS`]; `az --query` does not know them.
//!
//! Deliberately absent: loops and anything else whose cost the size of query and scope do not bound.

mod bounds;
mod fill;
mod functions;
mod roots;
mod value;

pub(crate) use value::whole;

use crate::scope;
use drillbook_diagnostic::{Diagnostic, Severity};
use jmespath::{Rcvar, Runtime};
use serde_json::Value;
use std::sync::LazyLock;
use thiserror::Error;

pub use functions::FUNCTIONS;
pub(crate) use roots::{Root, responses_used, roots};

/// Why a query has no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryError {
    /// It is not JMESPath, or a function got arguments of the wrong type.
    #[error("the query {query:?} is invalid at character {offset}: {reason}")]
    Invalid {
        /// The query as written.
        query: String,
        /// Position in characters, from 0, after substitution.
        offset: usize,
        /// What the language says.
        reason: String,
    },
    /// An inserted name has no value.
    #[error("the query names {name:?}, which has no value")]
    UnknownName {
        /// The name as written.
        name: String,
    },
    /// It is too long, too deep or its result too large.
    #[error("the query is too large: {what}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
    },
    /// A test got a value of a type it cannot judge.
    #[error("the test {test} cannot judge this value: {reason}")]
    WrongType {
        /// The test's name.
        test: &'static str,
        /// What was expected.
        reason: String,
    },
}

impl Diagnostic for QueryError {
    fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "runbook.query_invalid",
            Self::UnknownName { .. } => "runbook.name_without_value",
            Self::TooLarge { .. } => "runbook.too_large",
            Self::WrongType { .. } => "runbook.test_type",
        }
    }

    fn severity(&self) -> Severity {
        Severity::Internal
    }

    fn remediation(&self) -> Option<String> {
        Some("Report this to the owner of the runbook; the step cannot be judged until it is mended.".to_owned())
    }
}

/// Evaluates `query` over `scope`, after inserting every `{name…}` from it.
///
/// # Errors
/// See [`QueryError`]; a missing member is null and no error.
pub fn run(query: &str, scope: &Value) -> Result<Value, QueryError> {
    let filled = fill::fill(query, scope)?;
    let ast = compile(&filled)?;
    let root = match roots::reads_all(&ast) {
        true => scope::root(scope),
        false => roots::part(&ast, |word| scope.get(word)),
    };
    evaluate(&filled, ast, &root)
}

/// Evaluates `query` with `row` as its root; `{name…}` comes from `scope`.
///
/// # Errors
/// As [`run`].
pub fn on_row(query: &str, row: &Value, scope: &Value) -> Result<Value, QueryError> {
    let filled = fill::fill(query, scope)?;
    search(&filled, row)
}

/// Returns whether a query's value counts as true, as JMESPath does: not null, false or empty.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// Parses a query whose insertions are replaced by `null`, and returns it with the inserted expressions.
pub(crate) fn inspect(query: &str) -> Result<(jmespath::ast::Ast, Vec<String>), QueryError> {
    let (neutral, inserted) = fill::neutral(query)?;
    Ok((compile(&neutral)?, inserted))
}

/// Returns whether a query reads a member of a negation, as `!a.b` does.
pub(crate) fn negates_too_little(query: &str) -> bool {
    let Ok((neutral, _)) = fill::neutral(query) else {
        return false;
    };
    compile(&neutral).is_ok_and(|ast| roots::negates_too_little(&ast, &neutral))
}

/// Returns the value of what stands between `{` and `}`.
pub(crate) fn inserted(expression: &str, scope: &Value) -> Result<Value, QueryError> {
    fill::value(expression, scope)
}

/// Evaluates an expression of `{…}` that is more than a plain path.
pub(crate) fn expression(text: &str, scope: &Value) -> Result<Value, QueryError> {
    let ast = compile(text)?;
    for Root { word, .. } in roots(&ast) {
        if scope::find(&word, scope).is_none() {
            return Err(QueryError::UnknownName {
                name: text.to_owned(),
            });
        }
    }
    let root = match roots::reads_all(&ast) {
        true => scope::flat(scope),
        false => roots::part(&ast, |word| scope::find(word, scope)),
    };
    evaluate(text, ast, &root)
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut runtime = Runtime::new();
    runtime.register_builtin_functions();
    functions::register(&mut runtime);
    runtime
});

/// Parses a query within the bounds of [`crate::limits`].
fn compile(query: &str) -> Result<jmespath::ast::Ast, QueryError> {
    bounds::before_parsing(query)?;
    let parsed = RUNTIME
        .compile(query)
        .map_err(|error| invalid(query, &error))?;
    let ast = parsed.as_ast();
    bounds::after_parsing(ast)?;
    if let Some(name) = roots::unknown_function(ast, &RUNTIME) {
        let reason = format!("there is no function {name}");
        return Err(QueryError::Invalid {
            query: short(query),
            offset: 0,
            reason,
        });
    }
    Ok(ast.clone())
}

fn search(query: &str, root: &Value) -> Result<Value, QueryError> {
    evaluate(query, compile(query)?, root)
}

fn evaluate(query: &str, ast: jmespath::ast::Ast, root: &Value) -> Result<Value, QueryError> {
    let expression = jmespath::Expression::new(query, ast, &RUNTIME);
    let found = expression
        .search(Rcvar::new(value::of_json(root)))
        .map_err(|error| invalid(query, &error))?;
    value::to_json(&found)
}

fn invalid(query: &str, error: &jmespath::JmespathError) -> QueryError {
    QueryError::Invalid {
        query: short(query),
        offset: error.offset,
        reason: error.reason.to_string(),
    }
}

/// Cuts a query that goes into a message; an inserted list can be very long.
fn short(query: &str) -> String {
    query.chars().take(200).collect()
}
