//! `#[derive(Arguments)]`: declares an action's arguments from a struct, so that they are listed only
//! once.
//!
//! The first paragraph of the struct's documentation describes the action. Each field is an argument,
//! in order, with the field's name and type. This crate must only translate: `flagman-action` defines
//! what the types mean.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Field, Fields, Lit, Meta, Result};

/// Implements `Arguments` for a struct with named fields, or without fields.
///
/// The type of a field implements `Value` (`String`, the integers, `f64`, `bool`, `PathBuf`), or is an
/// `Option` of such a type for an optional argument, or a `Vec` of it for a repeated argument. Only the
/// last field may be an `Option` or a `Vec`. Anything else is a compile error.
#[proc_macro_derive(Arguments)]
pub fn derive_arguments(input: TokenStream) -> TokenStream {
    derive(input, &quote! { ::flagman_action })
}

/// The same for code that uses the trait from the crate `flagman`, which exports this as `Arguments`.
#[proc_macro_derive(ArgumentsInFlagman)]
pub fn derive_arguments_in_flagman(input: TokenStream) -> TokenStream {
    derive(input, &quote! { ::flagman })
}

fn derive(input: TokenStream, home: &Tokens) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input, home).unwrap_or_else(Error::into_compile_error).into()
}

/// `home` is the crate from which the deriving code uses the trait.
fn expand(input: &DeriveInput, home: &Tokens) -> Result<Tokens> {
    let name = &input.ident;
    let description = first_paragraph(&input.attrs);
    if description.is_empty() {
        let text = "an action's arguments need a documentation comment: it describes the action";
        return Err(Error::new(name.span(), text));
    }
    let fields = named_fields(input)?;
    let declared = fields.iter().map(|field| declaration(field, home));
    let taken = fields.iter().map(|field| taking(field));
    Ok(quote! {
        impl #home::Arguments for #name {
            const DESCRIPTION: &'static str = #description;
            const DECLARED: &'static [#home::Declared] = &[#(#declared),*];

            fn from_words(
                words: &[::std::string::String],
            ) -> ::std::result::Result<Self, #home::WrongArgument> {
                let mut words = #home::Words::new(words);
                ::std::result::Result::Ok(Self { #(#taken),* })
            }
        }

        const _: () = #home::only_the_last_varies(
            <#name as #home::Arguments>::DECLARED,
        );
    })
}

fn named_fields(input: &DeriveInput) -> Result<Vec<&Field>> {
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(_) | Data::Union(_) => {
            return Err(Error::new(input.span(), "arguments are declared by a struct"));
        }
    };
    match fields {
        Fields::Named(named) => Ok(named.named.iter().collect()),
        Fields::Unit => Ok(Vec::new()),
        Fields::Unnamed(_) => Err(Error::new(fields.span(), "each argument needs a name")),
    }
}

fn declaration(field: &Field, home: &Tokens) -> Tokens {
    let (name, kind) = (argument_name(field), &field.ty);
    quote! { #home::Declared::of::<#kind>(#name) }
}

fn taking(field: &Field) -> Tokens {
    let (name, ident) = (argument_name(field), &field.ident);
    quote! { #ident: words.take(#name)? }
}

/// The field's name as the user reads it: `r#type` is `type`.
fn argument_name(field: &Field) -> String {
    let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    ident.trim_start_matches("r#").to_owned()
}

/// The lines of the documentation up to the first empty one, joined by spaces.
fn first_paragraph(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(documentation);
    let text: Vec<String> = lines.flat_map(|text| paragraph_lines(&text)).collect();
    let paragraph: Vec<&str> =
        text.iter().map(String::as_str).take_while(|line| !line.is_empty()).collect();
    paragraph.join(" ")
}

fn paragraph_lines(text: &str) -> Vec<String> {
    text.split('\n').map(|line| line.trim().to_owned()).collect()
}

fn documentation(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    if !pair.path.is_ident("doc") {
        return None;
    }
    match &pair.value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::expand;

    #[test]
    fn what_cannot_be_arguments_is_refused_in_a_sentence() {
        let cases = [
            (parse_quote! { struct Bare; }, "need a documentation comment"),
            (
                parse_quote! { #[deprecated = "x"] #[doc(hidden)] struct Hidden; },
                "need a documentation comment",
            ),
            (parse_quote! { #[doc = 5] struct Odd; }, "need a documentation comment"),
            (
                parse_quote! { #[doc = concat!("a", "b")] struct Odd; },
                "need a documentation comment",
            ),
            (parse_quote! { /** One of two. */ enum Either { A, B } }, "are declared by a struct"),
            (parse_quote! { /** A number. */ struct Nameless(i64); }, "each argument needs a name"),
        ];
        for (input, why) in cases {
            let error = expand(&input, &quote! { ::home }).expect_err("it is refused").to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn what_is_declared_names_the_crate_by_which_its_author_knows_the_trait() {
        let input = parse_quote! { /** Takes a word. */ struct One { r#type: String } };
        let code = expand(&input, &quote! { ::home }).expect("it can be expanded").to_string();
        for part in ["impl :: home :: Arguments for One", "\"Takes a word.\"", "take (\"type\")"] {
            assert!(code.contains(part), "{part} is not in {code}");
        }
    }
}
