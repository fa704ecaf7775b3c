import "svelte";
