<#-- The frame of every page: the region's crest, name and colour where the sign-in names a region, Balai's own otherwise. -->
<#import "field.ftl" as field>
<#import "daerah.ftl" as daerah>

<#macro username>
  <div class="siapa">
    <span id="kc-attempted-username">${auth.attemptedUsername}</span>
    <a id="reset-login" href="${url.loginRestartFlowUrl}">${msg("restartLoginTooltip")}</a>
  </div>
</#macro>

<#macro registrationLayout bodyClass="" displayInfo=false displayMessage=true displayRequiredFields=false>
<!DOCTYPE html>
<html class="${properties.kcHtmlClass!}" lang="${lang!'id'}"<@daerah.gaya/>>
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex, nofollow">
  <meta name="color-scheme" content="light">
  <meta name="theme-color" content="${daerah.warna}">
  <title>${msg("loginTitle", daerah.nama)}</title>
  <link rel="icon" href="${url.resourcesPath}/img/balai.svg" type="image/svg+xml">
  <link rel="stylesheet" href="${url.resourcesPath}/css/balai.css">
  <script type="importmap">{"imports": {"rfc4648": "${url.resourcesCommonPath}/vendor/rfc4648/rfc4648.js"}}</script>
  <#if scripts??><#list scripts as script><script src="${script}"></script></#list></#if>
  <script type="module" src="${url.resourcesPath}/js/passwordVisibility.js"></script>
  <script type="module" src="${url.resourcesPath}/js/daerah.js"></script>
  <#if authenticationSession??>
  <script type="module">
    <#outputformat "JavaScript">
    import { checkAuthSession } from ${(url.resourcesPath + "/js/authChecker.js")?c};
    checkAuthSession(${authenticationSession.authSessionIdHash?c});
    </#outputformat>
  </script>
  </#if>
</head>
<body data-page-id="login-${pageId!''}">
<div class="${properties.kcLogin!}">
  <header class="pita">
    <#if daerah.lambang?has_content>
      <img class="lambang" src="${daerah.lambang}" alt="" width="48" height="48">
    <#else>
      <img class="lambang" src="${url.resourcesPath}/img/balai.svg" alt="" width="48" height="48">
    </#if>
    <span class="nama-daerah">${daerah.nama}</span>
  </header>
  <main class="${properties.kcLoginMain!}">
    <h1 class="${properties.kcLoginMainTitle!}" id="kc-page-title"><#nested "header"></h1>
    <#if auth?has_content && auth.showUsername() && !auth.showResetCredentials()>
      <#nested "show-username">
      <@username/>
    </#if>
    <#if displayMessage && message?has_content && (message.type != 'warning' || !isAppInitiatedAction??)>
      <div class="kabar ${message.type}" role="<#if message.type == 'error'>alert<#else>status</#if>">
        <span class="kc-feedback-text">${message.summary}</span>
      </div>
    </#if>
    <#nested "form">
    <#if auth?has_content && auth.showTryAnotherWayLink()>
      <form id="kc-select-try-another-way-form" action="${url.loginAction}" method="post">
        <input type="hidden" name="tryAnotherWay" value="on">
        <button type="submit" id="try-another-way" class="${properties.kcButtonLinkClass}">${msg("doTryAnotherWay")}</button>
      </form>
    </#if>
    <#nested "socialProviders">
    <#if displayInfo>
      <div id="kc-info" class="keterangan"><#nested "info"></div>
    </#if>
  </main>
  <footer class="kaki">
    <#if realm.internationalizationEnabled && locale?? && locale.supported?size gt 1>
      <nav aria-label="${msg("languages")}">
        <#list locale.supported as l>
          <#if l.languageTag == locale.currentLanguageTag><span aria-current="true">${l.label}</span><#else><a href="${l.url}" hreflang="${l.languageTag}" lang="${l.languageTag}">${l.label}</a></#if>
        </#list>
      </nav>
    </#if>
    <p>${msg("balaiKaki")}</p>
  </footer>
</div>
</body>
</html>
</#macro>
