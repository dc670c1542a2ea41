<#-- Whose page is this? The organization of the requested scope carries the region's name, colour and crest. Its values come
     from the region's own settings, so each is checked again here before it reaches the page. -->
<#assign nama=realm.displayName!"Balai">
<#assign warna="#17504a">
<#assign warnaTeks="#ffffff">
<#assign lambang="">
<#if org??>
  <#assign nama=org.name>
  <#assign sifat=org.attributes!{}>
  <#if (sifat.warna[0])?? && sifat.warna[0]?matches("#[0-9a-fA-F]{6}")><#assign warna=sifat.warna[0]></#if>
  <#if (sifat.warnaTeks[0])?? && sifat.warnaTeks[0]?matches("#[0-9a-fA-F]{6}")><#assign warnaTeks=sifat.warnaTeks[0]></#if>
  <#if (sifat.lambang[0])?? && sifat.lambang[0]?matches("https?://[A-Za-z0-9./:_?=&%-]+")><#assign lambang=sifat.lambang[0]></#if>
</#if>
<#macro gaya> style="--warna:${warna};--warna-teks:${warnaTeks}"<#if org??> data-nama="${nama}" data-warna="${warna}" data-warna-teks="${warnaTeks}" data-lambang="${lambang}"</#if></#macro>
